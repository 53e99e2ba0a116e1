const unitsMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** Reads a `grpc-timeout` such as `4999m`. @returns milliseconds, rounded up; undefined when it is malformed */
export function parseTimeoutMs(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  const unitMs = unit === undefined ? undefined : unitsMs[unit];
  return unitMs === undefined ? undefined : Math.ceil(Number(count) * unitMs);
}
