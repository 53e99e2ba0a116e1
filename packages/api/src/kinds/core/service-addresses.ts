import { duplicate, type FieldError, invalid, notSupported, required } from '../../errors/field-error.js';
import type { Service, ServiceSpec } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { parseAddress, validateIp } from '../../validation/ip.js';
import { repeated } from '../../validation/repeated.js';

type Spec = Draft<ServiceSpec>;

const families = ['IPv4', 'IPv6'];
const familyPolicies = ['SingleStack', 'PreferDualStack', 'RequireDualStack'];
/** One of each family. */
const addressesMax = 2;

/** Without an address, and found by the addresses of its pods. */
export function isHeadless({ clusterIPs = [] }: Spec): boolean {
  return clusterIPs.length === 1 && clusterIPs[0] === 'None';
}

/** Addresses and families, of every type but ExternalName, which has neither. */
export function validateAddresses(spec: Spec): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIP = '', clusterIPs = [] } = spec;
  const at = 'spec.clusterIPs';
  const errors = [...validateFirst(clusterIP, clusterIPs, at), ...validateFamilies(spec)];
  const bad = clusterIPs.flatMap((address, index) => {
    if (index > 0 || address !== 'None') return validateIp(`${at}[${index}]`, address);
    return clusterIPs.length > 1 ? [invalid(at, clusterIPs, "'None' must be the first and only value")] : [];
  });
  errors.push(...bad);
  if (clusterIPs.length > addressesMax) errors.push(invalid(at, clusterIPs, `may only hold up to ${addressesMax} values`));
  return bad.length > 0 ? errors : [...errors, ...validateFamilyOfEach(spec, at)];
}

function validateFirst(clusterIP: string, clusterIPs: readonly string[], at: string): FieldError[] {
  if (clusterIP === '') {
    return clusterIPs.length === 0 ? [] : [invalid(at, clusterIPs, 'must be empty when `clusterIP` is not specified')];
  }
  if (clusterIPs.length === 0) return [required(at)];
  return clusterIPs[0] === clusterIP ? [] : [invalid(at, clusterIPs, 'first value must match `clusterIP`')];
}

function validateFamilies({ ipFamilies = [], ipFamilyPolicy }: Spec): FieldError[] {
  const repeats = repeated(ipFamilies);
  const errors = ipFamilies.flatMap((family, index) => {
    const at = `spec.ipFamilies[${index}]`;
    return [
      ...(families.includes(family) ? [] : [notSupported(at, family, families)]),
      ...(repeats.has(index) ? [duplicate(at, family)] : []),
    ];
  });
  if (ipFamilyPolicy === undefined || familyPolicies.includes(ipFamilyPolicy)) return errors;
  return [...errors, notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, familyPolicies)];
}

function isIpv6(address: string): boolean {
  return parseAddress(address)?.family === 6;
}

function validateFamilyOfEach(spec: Spec, at: string): FieldError[] {
  const { clusterIPs = [], ipFamilies = [] } = spec;
  const sixes = clusterIPs.filter(isIpv6).length;
  const mixed = clusterIPs.length < 2 || (sixes > 0 && sixes < clusterIPs.length);
  const errors = mixed ? [] : [invalid(at, clusterIPs, 'may specify no more than one IP for each IP family')];
  if (isHeadless(spec)) return errors;
  const others = clusterIPs.flatMap((address, index) => {
    const family = ipFamilies[index];
    if (family === undefined || !families.includes(family) || (family === 'IPv6') === isIpv6(address)) return [];
    return [invalid(`${at}[${index}]`, address, `expected an ${family} value as indicated by \`ipFamilies[${index}]\``)];
  });
  return [...errors, ...others];
}

/** An address and its family, once allotted, stay for as long as the service needs one; a second one may come and go. */
export function validateAddressesUpdate(spec: Spec, { spec: old }: Service): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return [];
  const before: Spec = { ...old } as Spec; // a stored object has what a draft may have
  const [now, then] = [isHeadless(spec), isHeadless(before)];
  return [...(now && then ? [] : keptAddresses(spec, before)), ...(now || then ? [] : keptFamilies(spec, before))];
}

function keptAddresses(spec: Spec, { clusterIPs: old = [] }: Spec): FieldError[] {
  const { clusterIPs = [] } = spec;
  const at = 'spec.clusterIPs';
  const changed = (index: number) => invalid(`${at}[${index}]`, clusterIPs, 'may not change once set');
  if (old.length === clusterIPs.length) return old.flatMap((address, i) => (address === clusterIPs[i] ? [] : [changed(i)]));
  const first = old.length > 0 && clusterIPs.length > 0 && old[0] !== clusterIPs[0] ? [changed(0)] : [];
  if (old.length < clusterIPs.length) return first;
  const unset = clusterIPs.length === 0 ? [invalid(`${at}[0]`, clusterIPs, 'primary clusterIP can not be unset')] : [];
  return [...unset, ...first, ...(clusterIPs.length === 1 ? singleStack(spec, 'clusterIP') : [])];
}

function keptFamilies(spec: Spec, { ipFamilies: old = [] }: Spec): FieldError[] {
  const { ipFamilies = [], clusterIPs = [] } = spec;
  const at = 'spec.ipFamilies[0]';
  const changed = (value: readonly string[]) => invalid(at, value, 'may not change once set');
  if (old.length === ipFamilies.length)
    return old.flatMap((family, i) => (family === ipFamilies[i] ? [] : [changed(ipFamilies)]));
  const first = old.length > 0 && ipFamilies.length > 0 && old[0] !== ipFamilies[0] ? [changed(clusterIPs)] : [];
  if (old.length < ipFamilies.length) return first;
  const unset = clusterIPs.length === 0 ? [invalid(at, ipFamilies, 'primary ipFamily can not be unset')] : [];
  return [...unset, ...first, ...(ipFamilies.length === 1 ? singleStack(spec, 'ipFamily') : [])];
}

function singleStack({ ipFamilyPolicy }: Spec, released: string): FieldError[] {
  if (ipFamilyPolicy === 'SingleStack') return [];
  return [
    invalid('spec.ipFamilyPolicy', ipFamilyPolicy, `must be set to 'SingleStack' when releasing the secondary ${released}`),
  ];
}
