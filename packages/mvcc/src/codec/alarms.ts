import type { Alarm, AlarmType } from '../model.js';
import { type ByteReader, CodecError } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

/** Their numbers in etcd's API too. */
const types: Readonly<Record<AlarmType, number>> = { 'no-space': 1, corrupt: 2 };

export function writeAlarm(w: ByteWriter, { memberId, type }: Alarm): ByteWriter {
  return w.i64(memberId).u8(types[type]);
}

/** @throws CodecError */
export function readAlarm(r: ByteReader): Alarm {
  const memberId = BigInt.asUintN(64, r.i64());
  const number = r.u8();
  if (number === types['no-space']) return { memberId, type: 'no-space' };
  if (number === types.corrupt) return { memberId, type: 'corrupt' };
  throw new CodecError(`no such alarm: ${number}`);
}
