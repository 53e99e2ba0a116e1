import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../../errors/field-error.js';
import type { Service, ServicePort, ServiceSpec } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { protocols, validatePortReference } from '../../pods/validate-ports.js';
import { isEmpty, oneOf, portNumber, problemsOf } from '../../validation/check.js';
import { validateIp, validateOrdinaryIp } from '../../validation/ip.js';
import { dns1123LabelProblems, dns1123SubdomainProblems, qualifiedNameProblems } from '../../validation/names.js';
import { validateLabels } from '../../validation/object-meta.js';
import { repeated } from '../../validation/repeated.js';
import { isHeadless, validateAddresses, validateAddressesUpdate } from './service-addresses.js';
import { validateLoadBalancer, validateTraffic, validateTrafficUpdate } from './service-traffic.js';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const affinitySecondsMax = 86_400;
/** Whether endpoints are told by zone, by the present name and by the one before it. */
export const topologyMode = 'service.kubernetes.io/topology-mode';
export const topologyHints = 'service.kubernetes.io/topology-aware-hints';

type Spec = Draft<ServiceSpec>;

export function validateService(draft: Draft<Service>, old?: Service): FieldError[] {
  const { spec = {} } = draft;
  const ports = spec.ports ?? [];
  const names = repeated(ports.map(({ name }) => name));
  return [
    ...(old === undefined ? [] : [...validateAddressesUpdate(spec, old), ...validateTrafficUpdate(spec, old)]),
    ...validateTopology(draft),
    ...(ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName' ? [required('spec.ports')] : []),
    ...validateType(spec),
    ...ports.flatMap((port, index) => validatePort(port, index, names.has(index), ports.length === 1)),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...oneOf('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']),
    ...validateAffinity(spec),
    ...validateAddresses(spec),
    ...(spec.externalIPs ?? []).flatMap((address, index) => validateExternalIp(`spec.externalIPs[${index}]`, address)),
    ...oneOf('spec.type', spec.type, types),
    ...(spec.type === 'ClusterIP' ? validateNoNodePorts(ports) : []),
    ...portDuplicates(ports),
    ...validateLoadBalancer(draft, old),
    ...validateTraffic(spec),
  ];
}

function validateTopology({ metadata }: Draft<Service>): FieldError[] {
  const { [topologyMode]: mode, [topologyHints]: hints } = metadata?.annotations ?? {};
  if (mode === undefined || hints === undefined || mode === hints) return [];
  const why = `must match annotations[${topologyHints}] when both are specified`;
  return [invalid(`metadata.annotations[${topologyMode}]`, mode, why)];
}

function validateType(spec: Spec): FieldError[] {
  if (spec.type === 'ExternalName') return validateExternalName(spec);
  if (!isHeadless(spec) || (spec.type !== 'NodePort' && spec.type !== 'LoadBalancer')) return [];
  return [invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`)];
}

function validateExternalName({ clusterIPs = [], ipFamilies = [], ipFamilyPolicy, externalName = '' }: Spec): FieldError[] {
  const given = [
    ...(clusterIPs.length > 0 ? ['spec.clusterIPs'] : []),
    ...(ipFamilies.length > 0 ? ['spec.ipFamilies'] : []),
    ...(ipFamilyPolicy === undefined ? [] : ['spec.ipFamilyPolicy']),
  ];
  const errors = given.map((at) => forbidden(at, 'may not be set for ExternalName services'));
  const name = externalName.replace(/\.$/, ''); // which marks it as fully qualified
  if (name === '') return [...errors, required('spec.externalName')];
  return [...errors, ...problemsOf('spec.externalName', name, dns1123SubdomainProblems(name))];
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig: config }: Spec): FieldError[] {
  const at = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'None') {
    return config === undefined ? [] : [forbidden(at, 'must not be set when session affinity is None')];
  }
  const seconds = config?.clientIP?.timeoutSeconds; // there by default
  if (sessionAffinity !== 'ClientIP' || seconds === undefined || (seconds > 0 && seconds <= affinitySecondsMax)) return [];
  return [invalid(`${at}.clientIP.timeoutSeconds`, seconds, `must be greater than 0 and less than ${affinitySecondsMax}`)];
}

function validateExternalIp(field: string, address: string): FieldError[] {
  const errors = validateIp(field, address);
  return errors.length > 0 ? errors : validateOrdinaryIp(field, address);
}

function validatePort(port: Draft<ServicePort>, index: number, isNameTaken: boolean, isOnly: boolean): FieldError[] {
  const at = `spec.ports[${index}]`;
  const { name = '', appProtocol } = port;
  const errors: FieldError[] = [];
  if (name !== '') {
    errors.push(...problemsOf(`${at}.name`, name, dns1123LabelProblems(name)));
    if (isNameTaken) errors.push(duplicate(`${at}.name`, name));
  } else if (!isOnly) errors.push(required(`${at}.name`));
  errors.push(...portNumber(`${at}.port`, port.port ?? 0));
  if (isEmpty(port.protocol)) errors.push(required(`${at}.protocol`));
  else if (!protocols.includes(port.protocol ?? '')) errors.push(notSupported(`${at}.protocol`, port.protocol, protocols));
  errors.push(...validatePortReference(port.targetPort, `${at}.targetPort`));
  if (appProtocol === undefined) return errors;
  return [...errors, ...problemsOf(`${at}.appProtocol`, appProtocol, qualifiedNameProblems(appProtocol))];
}

function validateNoNodePorts(ports: readonly Draft<ServicePort>[]): FieldError[] {
  return ports.flatMap(({ nodePort = 0 }, index) =>
    nodePort === 0 ? [] : [forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'")],
  );
}

function portDuplicates(ports: readonly Draft<ServicePort>[]): FieldError[] {
  const taken = repeated(ports.map(({ nodePort = 0, protocol = '' }) => `${nodePort}/${protocol}`));
  const nodePorts = ports.flatMap(({ nodePort = 0 }, index) => {
    return nodePort !== 0 && taken.has(index) ? [duplicate(`spec.ports[${index}].nodePort`, nodePort)] : [];
  });
  const repeats = repeated(ports.map(({ port, protocol = '' }) => `${port}/${protocol}`));
  const numbers = ports.flatMap(({ protocol, port }, index) => {
    if (!repeats.has(index)) return [];
    // Kubernetes shows the port as its own programs hold it.
    const shown = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
    return [duplicate(`spec.ports[${index}]`, shown)];
  });
  return [...nodePorts, ...numbers];
}
