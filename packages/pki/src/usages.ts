import { x509 } from './x509.js';

const { KeyUsageFlags: flags } = x509;

/** What a key may be used for (RFC 5280 §4.2.1.3), by the names that Kubernetes has for it. */
const keyUsages: Readonly<Record<string, number>> = {
  signing: flags.digitalSignature,
  'digital signature': flags.digitalSignature,
  'content commitment': flags.nonRepudiation,
  'key encipherment': flags.keyEncipherment,
  'key agreement': flags.keyAgreement,
  'data encipherment': flags.dataEncipherment,
  'cert sign': flags.keyCertSign,
  'crl sign': flags.cRLSign,
  'encipher only': flags.encipherOnly,
  'decipher only': flags.decipherOnly,
};

const purposes = '1.3.6.1.5.5.7.3';

/** Purposes (RFC 5280 §4.2.1.12), likewise. */
const extendedKeyUsages: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': `${purposes}.1`,
  'client auth': `${purposes}.2`,
  'code signing': `${purposes}.3`,
  'email protection': `${purposes}.4`,
  's/mime': `${purposes}.4`,
  'ipsec end system': `${purposes}.5`,
  'ipsec tunnel': `${purposes}.6`,
  'ipsec user': `${purposes}.7`,
  timestamping: `${purposes}.8`,
  'ocsp signing': `${purposes}.9`,
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};

/** @throws RangeError for a name that there is not */
export function usageExtensions(usages: readonly string[]): readonly x509.Extension[] {
  const unknown = usages.find((usage) => !Object.hasOwn(keyUsages, usage) && !Object.hasOwn(extendedKeyUsages, usage));
  if (unknown !== undefined) throw new RangeError(`unrecognized usage: ${unknown}`);
  const bits = usages.reduce((sum, usage) => sum | (keyUsages[usage] ?? 0), 0);
  const found = usages.map((usage) => extendedKeyUsages[usage]).filter((oid) => oid !== undefined);
  return [
    ...(bits === 0 ? [] : [new x509.KeyUsagesExtension(bits, true)]),
    ...(found.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension([...new Set(found)].sort())]),
  ];
}
