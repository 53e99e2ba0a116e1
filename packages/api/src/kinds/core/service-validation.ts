import { duplicate, type FieldError, forbidden, invalid, required } from '../../errors/field-error.js';
import type { Service, ServicePort, ServiceSpec } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { protocols, validatePortReference } from '../../pods/validate-ports.js';
import { between, isEmpty, oneOf, portNumber, problemsOf } from '../../validation/check.js';
import { validateIp, validateOrdinaryIp } from '../../validation/ip.js';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../validation/names.js';
import { immutable, validateLabels } from '../../validation/object-meta.js';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const affinitySecondsMax = 86_400;

export function validateService({ spec = {} }: Draft<Service>): FieldError[] {
  const ports = spec.ports ?? [];
  const headless = spec.clusterIP === 'None';
  return [
    ...(ports.length === 0 && !headless && spec.type !== 'ExternalName' ? [required('spec.ports')] : []),
    ...validateType(spec, headless),
    ...ports.flatMap((port, index) => validatePort(port, index, spec)),
    ...portDuplicates(ports),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateAddresses(spec, headless),
    ...oneOf('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']),
    ...between(
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
      spec.sessionAffinityConfig?.clientIP?.timeoutSeconds,
      1,
      affinitySecondsMax,
    ),
    ...oneOf('spec.type', spec.type, types),
    ...policy('spec.externalTrafficPolicy', spec.externalTrafficPolicy),
    ...policy('spec.internalTrafficPolicy', spec.internalTrafficPolicy),
  ];
}

/** An address, once allotted, stays for as long as the service needs one. */
export function validateServiceUpdate({ spec = {} }: Draft<Service>, old: Service): FieldError[] {
  const before = old.spec.clusterIP ?? '';
  if (spec.type === 'ExternalName' || old.spec.type === 'ExternalName' || before === '' || spec.clusterIP === before) return [];
  return [
    invalid('spec.clusterIPs[0]', spec.clusterIPs ?? [], 'may not change once set'),
    ...immutable('spec.clusterIP', spec.clusterIP ?? '', before),
  ];
}

function validateType(spec: Draft<ServiceSpec>, headless: boolean): FieldError[] {
  if (spec.type === 'ExternalName') {
    const { externalName = '' } = spec;
    const given = !isEmpty(spec.clusterIP) ? [forbidden('spec.clusterIPs[0]', 'may not be set for ExternalName services')] : [];
    if (externalName === '') return [...given, required('spec.externalName')];
    return [...given, ...problemsOf('spec.externalName', externalName, dns1123SubdomainProblems(externalName))];
  }
  if (!headless || spec.type === 'ClusterIP') return [];
  if (spec.type !== 'NodePort' && spec.type !== 'LoadBalancer') return [];
  return [invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`)];
}

function validateAddresses(spec: Draft<ServiceSpec>, headless: boolean): FieldError[] {
  const { clusterIP = '', clusterIPs = [], externalIPs = [] } = spec;
  const own = clusterIPs.length > 0 ? clusterIPs : clusterIP === '' ? [] : [clusterIP];
  return [
    ...(headless ? [] : own.flatMap((address, index) => validateIp(`spec.clusterIPs[${index}]`, address))),
    ...externalIPs.flatMap((address, index) => validateExternal(`spec.externalIPs[${index}]`, address)),
  ];
}

function validateExternal(field: string, address: string): FieldError[] {
  const errors = validateIp(field, address);
  return errors.length > 0 ? errors : validateOrdinaryIp(field, address);
}

function validatePort(port: Draft<ServicePort>, index: number, spec: Draft<ServiceSpec>): FieldError[] {
  const at = `spec.ports[${index}]`;
  const { name = '', nodePort = 0 } = port;
  const errors: FieldError[] = [];
  if (name !== '') errors.push(...problemsOf(`${at}.name`, name, dns1123LabelProblems(name)));
  else if ((spec.ports ?? []).length > 1) errors.push(required(`${at}.name`));
  errors.push(...portNumber(`${at}.port`, port.port ?? 0), ...oneOf(`${at}.protocol`, port.protocol, protocols));
  errors.push(...validatePortReference(port.targetPort, `${at}.targetPort`));
  if (nodePort !== 0) {
    errors.push(...portNumber(`${at}.nodePort`, nodePort));
    if (spec.type === 'ClusterIP') errors.push(forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
  }
  return errors;
}

function portDuplicates(ports: readonly Draft<ServicePort>[]): FieldError[] {
  const seen = new Set<string>();
  return ports.flatMap(({ name = '', protocol = '', port = 0, nodePort = 0 }, index) => {
    const at = `spec.ports[${index}]`;
    const errors: FieldError[] = [];
    const check = (key: string, error: FieldError) => {
      if (seen.has(key)) errors.push(error);
      seen.add(key);
    };
    if (name !== '') check(`name ${name}`, duplicate(`${at}.name`, name));
    if (nodePort !== 0) check(`nodePort ${protocol} ${nodePort}`, duplicate(`${at}.nodePort`, nodePort));
    check(`port ${protocol} ${port}`, duplicate(at, { protocol, port }));
    return errors;
  });
}

function policy(field: string, value: string | undefined): FieldError[] {
  return isEmpty(value) ? [] : oneOf(field, value, ['Cluster', 'Local']);
}
