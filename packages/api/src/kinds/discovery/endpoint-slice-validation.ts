import { duplicate, type FieldError, invalid, notSupported, required, tooMany } from '../../errors/field-error.js';
import type { Endpoint, EndpointSlice } from '../../generated/types.js';
import { equalJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { protocols } from '../../pods/validate-ports.js';
import { oneOf, problemsOf } from '../../validation/check.js';
import { isIpv4, isIpv6, validateIp } from '../../validation/ip.js';
import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
  qualifiedNameProblems,
} from '../../validation/names.js';
import { immutable } from '../../validation/object-meta.js';

const endpointsMax = 1_000;
const addressesMax = 100;
const portsMax = 20_000;
const hintsMax = 8;
const addressTypes = ['FQDN', 'IPv4', 'IPv6'];

/** Endpoints that an update leaves as they are are not judged again. */
export function validateEndpointSlice(
  { addressType = '', endpoints = [], ports = [] }: Draft<EndpointSlice>,
  old?: EndpointSlice,
): FieldError[] {
  const known = addressTypes.includes(addressType);
  return [
    ...(addressType === '' ? [required('addressType')] : []),
    ...(addressType === '' || known ? [] : [notSupported('addressType', addressType, addressTypes)]),
    ...validatePorts(ports),
    ...(old !== undefined && equalJson(endpoints, old.endpoints ?? []) ? [] : validateEndpoints(endpoints, addressType)),
  ];
}

function validateEndpoints(endpoints: readonly Draft<Endpoint>[], addressType: string): FieldError[] {
  if (endpoints.length > endpointsMax) return [tooMany('endpoints', endpoints.length, endpointsMax)];
  return endpoints.flatMap(({ addresses = [], hostname, nodeName, hints = {} }, index) => {
    const at = `endpoints[${index}]`;
    const field = `${at}.addresses`;
    return [
      ...(addresses.length === 0 ? [required(field, 'must contain at least 1 address')] : []),
      ...(addresses.length > addressesMax ? [tooMany(field, addresses.length, addressesMax)] : []),
      ...addresses.flatMap((address, i) => validateAddress(addressType, field, i, address)),
      ...(nodeName === undefined ? [] : problemsOf(`${at}.nodeName`, nodeName, dns1123SubdomainProblems(nodeName))),
      ...(hostname === undefined ? [] : problemsOf(`${at}.hostname`, hostname, dns1123LabelProblems(hostname))),
      ...validateHints(hints.forZones, `${at}.hints.forZones`, labelValueProblems),
      ...validateHints(hints.forNodes, `${at}.hints.forNodes`, dns1123SubdomainProblems),
    ];
  });
}

function validateHints(
  hints: readonly { readonly name?: string | undefined }[] = [],
  field: string,
  nameProblems: (name: string) => string[],
): FieldError[] {
  if (hints.length > hintsMax) return [tooMany(field, hints.length, hintsMax)];
  const names = hints.map(({ name = '' }) => name);
  return names.flatMap((name, index) => {
    const at = `${field}[${index}].name`;
    return [...(names.indexOf(name) < index ? [duplicate(at, name)] : []), ...problemsOf(at, name, nameProblems(name))];
  });
}

function validateDomain(field: string, text: string): FieldError[] {
  if (text === '') return [required(field)];
  const domain = text.endsWith('.') ? text.slice(0, -1) : text;
  const problems = dns1123SubdomainProblems(domain);
  if (problems.length > 0) return [invalid(field, domain, problems.join(','))];
  const labels = domain.split('.');
  if (labels.length < 2) return [invalid(field, domain, 'should be a domain with at least two segments separated by dots')];
  const bad = labels.find((label) => dns1123LabelProblems(label).length > 0);
  return bad === undefined ? [] : [invalid(field, bad, dns1123LabelProblems(bad).join(','))];
}

/** Addresses of the machine itself are none that others reach; here they are let in, for clusters of one machine. */
function validateAddress(type: string, field: string, index: number, address: string): FieldError[] {
  const at = `${field}[${index}]`;
  if (type === 'FQDN') return validateDomain(at, address);
  if (type !== 'IPv4' && type !== 'IPv6') return [];
  const errors = validateIp(at, address);
  const right = type === 'IPv4' ? isIpv4(address) : isIpv6(address);
  return errors.length > 0 || right ? errors : [invalid(field, address, `must be an ${type} address`)];
}

export function validateEndpointSliceUpdate({ addressType }: Draft<EndpointSlice>, old: EndpointSlice): FieldError[] {
  return immutable('addressType', addressType, old.addressType);
}

function validatePorts(ports: NonNullable<Draft<EndpointSlice>['ports']>): FieldError[] {
  if (ports.length > portsMax) return [tooMany('ports', ports.length, portsMax)];
  const names = new Set<string>();
  return ports.flatMap(({ name = '', protocol, appProtocol }, index) => {
    const at = `ports[${index}]`;
    const errors = name === '' ? [] : problemsOf(`${at}.name`, name, dns1123LabelProblems(name));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    errors.push(...oneOf(`${at}.protocol`, protocol, protocols));
    if (appProtocol === undefined) return errors;
    return [...errors, ...problemsOf(`${at}.appProtocol`, appProtocol, qualifiedNameProblems(appProtocol))];
  });
}
