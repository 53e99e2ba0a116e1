interface IngressPoint {
  readonly ip?: string;
  readonly hostname?: string;
}

/** Where a load balancer is reached: each address once, sorted. */
export function addressesOf(points: readonly IngressPoint[] | undefined): readonly string[] {
  const addresses = (points ?? []).map(({ ip = '', hostname = '' }) => ip || hostname).filter((address) => address !== '');
  return [...new Set(addresses)].sort();
}
