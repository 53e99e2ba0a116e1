import { type FieldError, invalid, required } from '../../errors/field-error.js';
import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { isEmpty, oneOf, portNumber, problemsOf } from '../../validation/check.js';
import { isIpv4, isIpv6, validateIp } from '../../validation/ip.js';
import {
  dns1035LabelProblems,
  dns1123SubdomainProblems,
  portNameProblems,
  wildcardSubdomainProblems,
} from '../../validation/names.js';
import { validateLocalReference } from './local-reference.js';

export const classAnnotation = 'kubernetes.io/ingress.class';
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const badSequences = ['//', '/./', '/../', '%2f', '%2F'];
const badEnds = ['/..', '/.'];

export function validateIngress({ spec = {} }: Draft<Ingress>, old?: Ingress): FieldError[] {
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec;
  const secretsKept = (old?.spec.tls ?? []).some(({ secretName = '' }) => secretProblems(secretName).length > 0);
  return [
    ...(rules.length === 0 && defaultBackend === undefined
      ? [invalid('spec', spec.rules, 'either `defaultBackend` or `rules` must be specified')]
      : []),
    ...(defaultBackend === undefined ? [] : validateBackend(defaultBackend, 'spec.defaultBackend')),
    ...rules.flatMap((rule, index) => validateRule(rule, `spec.rules[${index}]`)),
    ...tls.flatMap(({ hosts = [], secretName = '' }, index) => [
      ...hosts.flatMap((host, hostIndex) => validateTlsHost(host, `spec.tls[${index}].hosts[${hostIndex}]`)),
      ...(secretsKept ? [] : problemsOf(`spec.tls[${index}].secretName`, secretName, secretProblems(secretName))),
    ]),
    ...(ingressClassName === undefined
      ? []
      : problemsOf('spec.ingressClassName', ingressClassName, dns1123SubdomainProblems(ingressClassName))),
  ];
}

/** The annotation of old and the member name the same class, where both are there; objects that already differ stay. */
export function validateClassOnce({ metadata, spec }: Draft<Ingress>): FieldError[] {
  const annotated = metadata?.annotations?.[classAnnotation];
  if (annotated === undefined || spec?.ingressClassName === undefined || annotated === spec.ingressClassName) return [];
  return [invalid(`annotations.${classAnnotation}`, annotated, 'must match `ingressClassName` when both are specified')];
}

/** Where a controller says that the ingress is reached. */
export function validateIngressStatus({ status }: Draft<Ingress>, old: Ingress): FieldError[] {
  const before = new Set((old.status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip));
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip = '', hostname = '' }, index) => {
    const at = `status.loadBalancer.ingress[${index}]`;
    return [
      ...(ip === '' || before.has(ip) ? [] : validateIp(`${at}.ip`, ip)),
      ...(hostname === '' ? [] : problemsOf(`${at}.hostname`, hostname, dns1123SubdomainProblems(hostname))),
      ...(isAddress(hostname) ? [invalid(`${at}.hostname`, hostname, notAnAddress)] : []),
    ];
  });
}

const notAnAddress = 'must be a DNS name, not an IP address';

function isAddress(host: string): boolean {
  return isIpv4(host) || isIpv6(host);
}

function secretProblems(name: string): string[] {
  return name === '' ? [] : dns1123SubdomainProblems(name);
}

function hostProblems(host: string): string[] {
  return host.includes('*') ? wildcardSubdomainProblems(host) : dns1123SubdomainProblems(host);
}

function validateTlsHost(host: string, at: string): FieldError[] {
  return problemsOf(at, host, hostProblems(host));
}

function validateRule({ host = '', http }: Draft<IngressRule>, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (host !== '') {
    if (isAddress(host)) errors.push(invalid(`${at}.host`, host, notAnAddress));
    errors.push(...problemsOf(`${at}.host`, host, hostProblems(host)));
  }
  if (http === undefined) return errors;
  const paths = http.paths ?? [];
  if (paths.length === 0) errors.push(required(`${at}.http.paths`));
  return [...errors, ...paths.flatMap((path, index) => validatePath(path, `${at}.http.paths[${index}]`))];
}

function validatePath({ path = '', pathType, backend }: Draft<HTTPIngressPath>, at: string): FieldError[] {
  if (isEmpty(pathType)) return [required(`${at}.pathType`, 'pathType must be specified')];
  return [
    ...validatePathText(path, pathType, `${at}.path`),
    ...oneOf(`${at}.pathType`, pathType, pathTypes),
    ...validateBackend(backend ?? {}, `${at}.backend`),
  ];
}

function validatePathText(path: string, pathType: string | undefined, at: string): FieldError[] {
  if (pathType === 'ImplementationSpecific') {
    return path === '' || path.startsWith('/') ? [] : [invalid(at, path, 'must be an absolute path')];
  }
  if (pathType !== 'Exact' && pathType !== 'Prefix') return [];
  const errors = path.startsWith('/') ? [] : [invalid(at, path, 'must be an absolute path')];
  if (path === '') return errors;
  for (const bad of badSequences) if (path.includes(bad)) errors.push(invalid(at, path, `must not contain '${bad}'`));
  for (const bad of badEnds) if (path.endsWith(bad)) errors.push(invalid(at, path, `cannot end with '${bad}'`));
  return errors;
}

function validateBackend({ service, resource }: Draft<IngressBackend>, at: string): FieldError[] {
  if (service !== undefined && resource !== undefined) return [invalid(at, '', 'cannot set both resource and service backends')];
  if (resource !== undefined) return validateLocalReference(resource, `${at}.resource`);
  if (service === undefined) return [invalid(at, '', 'resource or service backend is required')];
  const { name = '', port: { name: portName = '', number = 0 } = {} } = service;
  const errors =
    name === '' ? [required(`${at}.service.name`)] : problemsOf(`${at}.service.name`, name, dns1035LabelProblems(name));
  if (portName !== '' && number !== 0) return [...errors, invalid(at, '', 'cannot set both port name & port number')];
  if (portName !== '') return [...errors, ...problemsOf(`${at}.service.port.name`, portName, portNameProblems(portName))];
  if (number !== 0) return [...errors, ...portNumber(`${at}.service.port.number`, number)];
  return [...errors, required(at, 'port name or number is required')];
}
