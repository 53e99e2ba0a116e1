/**
 * The few messages of etcd's API that the benchmark sends and reads, as protobuf. Field numbers are etcd's (`rpc.proto`).
 * By hand, because a general encoder would take more CPU than the call.
 */

/** A field of bytes: key (number and wire type 2), length, bytes. */
function bytesField(number: number, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of((number << 3) | 2), varint(value.length), value]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

export function putRequest(key: Uint8Array, value: Uint8Array): Buffer {
  const keyHead = fieldHead(1, key.length);
  const valueHead = fieldHead(2, value.length);
  const message = Buffer.allocUnsafe(keyHead.length + key.length + valueHead.length + value.length);
  let at = 0;
  for (const part of [keyHead, key, valueHead, value]) {
    message.set(part, at);
    at += part.length;
  }
  return message;
}

const heads = new Map<number, Buffer>();

/** Remembered: there are as many as there are lengths of keys and values. */
function fieldHead(number: number, length: number): Buffer {
  let head = heads.get(length * 16 + number);
  if (head === undefined) {
    head = Buffer.concat([Buffer.of((number << 3) | 2), varint(length)]);
    heads.set(length * 16 + number, head);
  }
  return head;
}

export function rangeRequest(key: Uint8Array): Buffer {
  return bytesField(1, key);
}

const compareEqualMod = Buffer.of(0x08, 0x00, 0x10, 0x02); // result 1: EQUAL 0, target 2: MOD 2

export function compareAndSwapRequest(key: Uint8Array, modRevision: number, value: Uint8Array): Buffer {
  const compare = Buffer.concat([compareEqualMod, bytesField(3, key), Buffer.of(0x30), varint(modRevision)]); // mod_revision 6
  return Buffer.concat([
    bytesField(1, compare),
    bytesField(2, bytesField(2, putRequest(key, value))), // success: request_put 2
    bytesField(3, bytesField(1, rangeRequest(key))), // failure: request_range 1
  ]);
}

/** All keys with the prefix, which ends in a byte below 255. */
export function watchCreateRequest(prefix: Uint8Array): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1] = (end.at(-1) ?? 0) + 1;
  return bytesField(1, Buffer.concat([bytesField(1, prefix), bytesField(2, end)])); // create_request
}

interface WatchMessage {
  watchId: number;
  created: boolean;
  /** Of the events' keys. */
  readonly values: Uint8Array[];
}

export function readWatchResponse(message: Uint8Array): WatchMessage {
  const response: WatchMessage = { watchId: 0, created: false, values: [] };
  visitFields(message, (number, value) => {
    if (number === 2 && typeof value === 'number') response.watchId = value;
    else if (number === 3) response.created = value === 1;
    else if (number === 11 && typeof value !== 'number') response.values.push(eventValue(value));
  });
  return response;
}

/** Of an event: its field 2 is the key-value, whose field 5 is the value. */
function eventValue(event: Uint8Array): Uint8Array {
  const kv = findField(event, 2);
  const value = typeof kv === 'object' ? findField(kv, 5) : undefined;
  return typeof value === 'object' ? value : new Uint8Array(0);
}

/** Of any answer: its field 1 is the header, whose field 3 is the revision. */
export function headerRevision(message: Uint8Array): number {
  const header = findField(message, 1);
  const revision = typeof header === 'object' ? findField(header, 3) : 0;
  return typeof revision === 'number' ? revision : 0;
}

export function txnSucceeded(message: Uint8Array): boolean {
  return findField(message, 2) === 1;
}

/** The field of that number: a varint's value or bytes; undefined when there is none, which means zero. */
function findField(message: Uint8Array, wanted: number): number | Uint8Array | undefined {
  let found: number | Uint8Array | undefined;
  visitFields(message, (number, value) => {
    if (number === wanted) found = value;
  });
  return found;
}

/** Numbers are below 2^53; wire types other than varint and bytes do not occur. */
function visitFields(message: Uint8Array, visit: (number: number, value: number | Uint8Array) => void): void {
  let at = 0;
  const readVarint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = message[at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = readVarint();
    if ((tag & 7) === 0) visit(tag >>> 3, readVarint());
    else {
      const length = readVarint();
      at += length;
      visit(tag >>> 3, message.subarray(at - length, at));
    }
  }
}
