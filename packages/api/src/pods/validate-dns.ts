import { type FieldError, invalid, required } from '../errors/field-error.js';
import type { HostAlias, PodSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { isEmpty, problemsOf } from '../validation/check.js';
import { validateIp } from '../validation/ip.js';
import { dns1123SubdomainProblems, searchDomainProblems } from '../validation/names.js';

/** What resolvers of the C library can take. */
const nameserversMax = 3;
const searchesMax = 32;
const searchCharactersMax = 2048;

export function validateDns({ dnsPolicy, dnsConfig }: Draft<PodSpec>, field: string): FieldError[] {
  if (dnsPolicy === 'None' && dnsConfig === undefined) {
    return [required(field, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  }
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  const at = `${field}.searches`;
  if (dnsPolicy === 'None' && nameservers.length === 0) {
    return [required(`${field}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  }
  return [
    ...(nameservers.length > nameserversMax
      ? [invalid(`${field}.nameservers`, nameservers, `must not have more than ${nameserversMax} nameservers`)]
      : []),
    ...nameservers.flatMap((address, index) => validateIp(`${field}.nameservers[${index}]`, address)),
    ...(searches.length > searchesMax ? [invalid(at, searches, `must not have more than ${searchesMax} search paths`)] : []),
    ...(searches.join(' ').length > searchCharactersMax
      ? [invalid(at, searches, `must not have more than ${searchCharactersMax} characters (including spaces) in the search list`)]
      : []),
    ...searches.flatMap((search, index) => {
      const domain = search.replace(/\.$/, '');
      return search === '.' ? [] : problemsOf(`${at}[${index}]`, domain, searchDomainProblems(domain));
    }),
    ...options.flatMap(({ name }, index) => (isEmpty(name) ? [required(`${field}.options[${index}]`, 'must not be empty')] : [])),
  ];
}

export function validateHostAliases(aliases: readonly Draft<HostAlias>[], field: string): FieldError[] {
  return aliases.flatMap(({ ip = '', hostnames = [] }, index) => [
    ...validateIp(`${field}[${index}].ip`, ip),
    ...hostnames.flatMap((name, at) => problemsOf(`${field}[${index}].hostnames[${at}]`, name, dns1123SubdomainProblems(name))),
  ]);
}
