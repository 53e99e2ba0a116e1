/** An IPv4 range whose first and last address are not given out. */
export class AddressRange {
  readonly #base: number;
  readonly #size: number;
  readonly cidr: string;

  /** @param cidr `10.96.0.0/16` */
  constructor(cidr: string) {
    const [address = '', length = ''] = cidr.split('/');
    this.cidr = cidr;
    this.#size = 2 ** (32 - Number(length));
    const value = parseIpv4(address);
    if (value === undefined || !(this.#size >= 4)) throw new RangeError(`not an IPv4 range: ${cidr}`);
    this.#base = value - (value % this.#size);
  }

  /** How many addresses can be given out. */
  get size(): number {
    return this.#size - 2;
  }

  /** @param index in [0, size) */
  at(index: number): string {
    return formatIpv4(this.#base + 1 + index);
  }

  contains(address: string): boolean {
    const value = parseIpv4(address);
    return value !== undefined && value > this.#base && value < this.#base + this.#size - 1;
  }

  /**
   * How many of the first addresses are left to those who choose their own: Kubernetes keeps min(max(16, size/16), 256)
   * for them as long as others are free.
   */
  get reserved(): number {
    return Math.min(Math.max(16, Math.floor(this.#size / 16)), 256, this.size - 1);
  }
}

/** @returns undefined for what is no dotted quad; leading zeros are refused, because some read them as octal */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((value, part) => value * 256 + Number(part), 0);
}

function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
