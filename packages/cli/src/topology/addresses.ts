/** An IPv4 range such as `127.10.0.0/16`. */
export interface Cidr {
  /** The first address, as an unsigned 32-bit number. */
  readonly base: number;
  readonly prefixLength: number;
}

/** @throws RangeError when the text is no IPv4 range, or has bits set behind its prefix */
export function parseCidr(text: string): Cidr {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text);
  const octets = match?.slice(1, 5).map(Number) ?? [];
  const prefixLength = Number(match?.[5]);
  if (match === null || octets.some((octet) => octet > 255) || prefixLength > 32)
    throw new RangeError(`invalid CIDR address: ${text}`);
  const base = octets.reduce((number, octet) => number * 256 + octet, 0);
  if (base % 2 ** (32 - prefixLength) !== 0) throw new RangeError(`${text} has bits set behind its prefix`);
  return { base, prefixLength };
}

/** The dotted address `offset` places after the first one of the range. */
export function addressAt(cidr: Cidr, offset: number): string {
  if (offset < 0 || offset >= 2 ** (32 - cidr.prefixLength))
    throw new RangeError(`no address ${offset} in a /${cidr.prefixLength}`);
  const number = cidr.base + offset;
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
