/** Seconds, as the API writes most times: `2026-11-21T03:40:00Z`. */
export function apiTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Microseconds, as Leases and event times are written: `2026-11-21T03:40:00.123000Z`. */
export function apiMicroTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`;
}
