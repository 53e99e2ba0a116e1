import type { AlarmType } from '@flotilla/mvcc';

/** As etcd spells them. */
export const alarmNames: Readonly<Record<AlarmType, string>> = { 'no-space': 'NOSPACE', corrupt: 'CORRUPT' };
