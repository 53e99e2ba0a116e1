import { X509Certificate } from 'node:crypto';
import { certificateBlocks } from '../auth/certificate-blocks.js';
import { expiredAuthorityGraceMs } from '../limits.js';

/** What the ConfigMap extension-apiserver-authentication has under each of its keys. */
type AuthenticationInfo = Readonly<Record<string, string>>;

const clientCa = 'client-ca-file';
const proxyCa = 'requestheader-client-ca-file';
/** Good for nothing without the authority that vouches for them. */
const proxyLists = [
  'requestheader-username-headers',
  'requestheader-uid-headers',
  'requestheader-group-headers',
  'requestheader-extra-headers-prefix',
  'requestheader-allowed-names',
] as const;

/**
 * What several API servers say together, as Kubernetes' cluster_authentication_trust_controller has it: while they get a new authority one
 * after the other, extension API servers have to trust the old one and the new one. An authority goes when it has expired.
 */
export function combineAuthenticationInfo(
  existing: AuthenticationInfo,
  own: AuthenticationInfo,
  nowMs: number,
): AuthenticationInfo {
  const authorities = (key: string) => combineCertificates([existing[key], own[key]], nowMs);
  const [client, proxy] = [authorities(clientCa), authorities(proxyCa)];
  const lists = proxyLists.map((key) => [key, JSON.stringify(combineLists([existing[key], own[key]]))] as const);
  return {
    ...(client === '' ? {} : { [clientCa]: client }),
    ...(proxy === '' ? {} : { ...Object.fromEntries(lists), [proxyCa]: proxy }),
  };
}

function combineCertificates(bundles: readonly (string | undefined)[], nowMs: number): string {
  const certificates = bundles.flatMap((bundle = '') => certificateBlocks(bundle)).flatMap((pem) => certificateOf(pem) ?? []);
  const valid = certificates.filter(({ validTo }) => Date.parse(validTo) > nowMs - expiredAuthorityGraceMs);
  return [...new Set(valid.map(String))].join('');
}

/** @returns undefined for what somebody has spoilt: the good ones count */
function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function combineLists(texts: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(texts.flatMap(namesIn))];
}

function namesIn(text = '[]'): readonly string[] {
  try {
    const names: unknown = JSON.parse(text);
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}
