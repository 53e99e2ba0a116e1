const unitsMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** The longest that timers know: some 24 days, after which no call is waited for anyway. */
const timerMsMax = 2 ** 31 - 1;

/** Reads a `grpc-timeout` such as `4999m`. @returns milliseconds, rounded up; undefined when it is malformed */
export function parseTimeoutMs(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  const unitMs = unit === undefined ? undefined : unitsMs[unit];
  return unitMs === undefined ? undefined : Math.min(timerMsMax, Math.ceil(Number(count) * unitMs));
}
