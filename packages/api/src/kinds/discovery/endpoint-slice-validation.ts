import { duplicate, type FieldError, invalid, notSupported, required, tooMany } from '../../errors/field-error.js';
import type { EndpointSlice } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { protocols } from '../../pods/validate-ports.js';
import { oneOf, portNumber, problemsOf } from '../../validation/check.js';
import { isIpv4, isIpv6 } from '../../validation/ip.js';
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

export function validateEndpointSlice({ addressType = '', endpoints = [], ports = [] }: Draft<EndpointSlice>): FieldError[] {
  const errors: FieldError[] = [];
  if (addressType === '') errors.push(required('addressType'));
  else if (!addressTypes.includes(addressType)) errors.push(notSupported('addressType', addressType, addressTypes));
  if (endpoints.length > endpointsMax) errors.push(tooMany('endpoints', endpoints.length, endpointsMax));
  for (const [index, { addresses = [], hostname, nodeName, hints = {} }] of endpoints.entries()) {
    const field = `endpoints[${index}].addresses`;
    if (addresses.length === 0) errors.push(required(field, 'must contain at least 1 address'));
    if (addresses.length > addressesMax) errors.push(tooMany(field, addresses.length, addressesMax));
    errors.push(...addresses.flatMap((address, at) => validateAddress(addressType, `${field}[${at}]`, address)));
    if (nodeName !== undefined) {
      errors.push(...problemsOf(`endpoints[${index}].nodeName`, nodeName, dns1123SubdomainProblems(nodeName)));
    }
    if (hostname !== undefined) {
      errors.push(...problemsOf(`endpoints[${index}].hostname`, hostname, dns1123LabelProblems(hostname)));
    }
    errors.push(...validateHints(hints.forZones, `endpoints[${index}].hints.forZones`, labelValueProblems));
    errors.push(...validateHints(hints.forNodes, `endpoints[${index}].hints.forNodes`, dns1123SubdomainProblems));
  }
  return [...errors, ...validatePorts(ports)];
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
function validateAddress(type: string, field: string, address: string): FieldError[] {
  if (type === 'FQDN') return validateDomain(field, address);
  const right = type === 'IPv4' ? isIpv4(address) : type !== 'IPv6' || isIpv6(address);
  return right ? [] : [invalid(field, address, `must be a valid ${type} address`)];
}

export function validateEndpointSliceUpdate({ addressType }: Draft<EndpointSlice>, old: EndpointSlice): FieldError[] {
  return immutable('addressType', addressType, old.addressType);
}

function validatePorts(ports: NonNullable<Draft<EndpointSlice>['ports']>): FieldError[] {
  if (ports.length > portsMax) return [tooMany('ports', ports.length, portsMax)];
  const names = new Set<string>();
  return ports.flatMap(({ name = '', port, protocol, appProtocol }, index) => {
    const at = `ports[${index}]`;
    const errors = name === '' ? [] : problemsOf(`${at}.name`, name, dns1123LabelProblems(name));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (port !== undefined) errors.push(...portNumber(`${at}.port`, port));
    errors.push(...oneOf(`${at}.protocol`, protocol, protocols));
    if (appProtocol === undefined) return errors;
    return [...errors, ...problemsOf(`${at}.appProtocol`, appProtocol, qualifiedNameProblems(appProtocol))];
  });
}
