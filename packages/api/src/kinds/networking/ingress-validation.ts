import { type FieldError, invalid, required } from '../../errors/field-error.js';
import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { isEmpty, oneOf, portNumber, problemsOf } from '../../validation/check.js';
import { isIpv4, isIpv6 } from '../../validation/ip.js';
import {
  dns1035LabelProblems,
  dns1123SubdomainProblems,
  portNameProblems,
  wildcardSubdomainProblems,
} from '../../validation/names.js';

const classAnnotation = 'kubernetes.io/ingress.class';
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const badSequences = ['//', '/./', '/../', '%2f', '%2F'];
const badEnds = ['/..', '/.'];

export function validateIngress({ spec = {} }: Draft<Ingress>): FieldError[] {
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec;
  return [
    ...(rules.length === 0 && defaultBackend === undefined
      ? [invalid('spec', [], 'either `defaultBackend` or `rules` must be specified')]
      : []),
    ...(defaultBackend === undefined ? [] : validateBackend(defaultBackend, 'spec.defaultBackend')),
    ...rules.flatMap((rule, index) => validateRule(rule, `spec.rules[${index}]`)),
    ...tls.flatMap(({ hosts = [] }, index) =>
      hosts.flatMap((host, hostIndex) => validateTlsHost(host, `spec.tls[${index}].hosts[${hostIndex}]`)),
    ),
    ...(ingressClassName === undefined
      ? []
      : problemsOf('spec.ingressClassName', ingressClassName, dns1123SubdomainProblems(ingressClassName))),
  ];
}

/** A class is named by the annotation of old or by the member, not by both; objects that already are like that stay. */
export function validateClassOnce({ metadata, spec }: Draft<Ingress>): FieldError[] {
  const annotated = metadata?.annotations?.[classAnnotation];
  if (annotated === undefined || spec?.ingressClassName === undefined) return [];
  return [invalid(`annotations.${classAnnotation}`, annotated, 'can not be set when the class field is also set')];
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
    if (isIpv4(host) || isIpv6(host)) errors.push(invalid(`${at}.host`, host, 'must be a DNS name, not an IP address'));
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
  if (service === undefined) return resource === undefined ? [required(at, 'must specify either service or resource')] : [];
  if (resource !== undefined) return [invalid(at, '', 'cannot set both resource and service backends')];
  const { name = '', port: { name: portName = '', number = 0 } = {} } = service;
  const errors =
    name === '' ? [required(`${at}.service.name`)] : problemsOf(`${at}.service.name`, name, dns1035LabelProblems(name));
  if (portName !== '' && number !== 0) return [...errors, invalid(at, '', 'cannot set both port name & port number')];
  if (portName !== '') return [...errors, ...problemsOf(`${at}.service.port.name`, portName, portNameProblems(portName))];
  if (number !== 0) return [...errors, ...portNumber(`${at}.service.port.number`, number)];
  return [...errors, required(at, 'port name or number is required')];
}
