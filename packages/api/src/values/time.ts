/** metav1.Time: RFC 3339 in UTC, to the second. `wallMs`: milliseconds since the epoch. */
export function timeText(wallMs: number): string {
  return `${new Date(Math.floor(wallMs / 1000) * 1000).toISOString().slice(0, -'.000Z'.length)}Z`;
}

/** metav1.MicroTime: RFC 3339 in UTC, always with six digits of fraction. */
export function microTimeText(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, -1)}000Z`;
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;

/** @returns milliseconds since the epoch, or undefined for text that is not RFC 3339 or no instant of the calendar */
export function parseTime(text: string): number | undefined {
  const match = rfc3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone] = match;
  if (Number(hour) > 23 || Number(second) > 59) return undefined;
  const wallMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}${zone}`);
  // Date.parse lets the 30th of February through as the 2nd of March.
  const daysOfMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number.isNaN(wallMs) || Number(day) > daysOfMonth ? undefined : wallMs;
}
