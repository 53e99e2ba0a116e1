import { StoreError } from '@flotilla/mvcc';

/**
 * An etcd message as an object with etcd's field names. gRPC decodes to it; the gateway's JSON is nearly the same.
 * Either way 64-bit integers are numbers, bigints or decimal strings, enums are names or numbers, and bytes are a Buffer or
 * base64; what was not sent is absent.
 */
export type Wire = Readonly<Record<string, unknown>>;

const noBytes = new Uint8Array(0);

export function bytesField(message: Wire, name: string): Uint8Array {
  const value = message[name];
  if (value === undefined || value === null) return noBytes;
  if (value instanceof Uint8Array) return new Uint8Array(value.buffer, value.byteOffset, value.length);
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) throw malformed(name, 'base64');
  return new Uint8Array(Buffer.from(value, 'base64'));
}

/** An int64 that counts something: below zero means none, as in etcd. */
export function countField(message: Wire, name: string): number {
  const value = Number(integer(message[name], name));
  if (value > Number.MAX_SAFE_INTEGER) throw malformed(name, 'below 2^53');
  return Math.max(0, value);
}

/** As it is, below zero too. */
export function signedField(message: Wire, name: string): number {
  return Number(integer(message[name], name));
}

export function idField(message: Wire, name: string): bigint {
  return integer(message[name], name);
}

export function booleanField(message: Wire, name: string): boolean {
  const value = message[name];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw malformed(name, 'a boolean');
  return value;
}

export function textField(message: Wire, name: string): string {
  const value = message[name];
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw malformed(name, 'a text');
  return value;
}

/** @param names etcd's, in the order of their numbers */
export function enumField<T>(message: Wire, name: string, names: Readonly<Record<string, T>>): T {
  const value = message[name] ?? 0;
  const choice = typeof value === 'number' ? Object.values(names)[value] : names[String(value)];
  if (choice === undefined) throw malformed(name, `one of ${Object.keys(names).join(', ')}`);
  return choice;
}

export function messageField(message: Wire, name: string): Wire | undefined {
  const value = message[name];
  return value === undefined || value === null ? undefined : asMessage(value, name);
}

export function listField(message: Wire, name: string): readonly Wire[] {
  return rawListField(message, name).map((item) => asMessage(item, name));
}

export function rawListField(message: Wire, name: string): readonly unknown[] {
  const value = message[name] ?? [];
  if (!Array.isArray(value)) throw malformed(name, 'a list');
  return value;
}

export function asMessage(value: unknown, name: string): Wire {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(name, 'an object');
  return value as Wire; // an object whose fields are all unknown
}

function integer(value: unknown, name: string): bigint {
  if (value === undefined || value === null || value === '') return 0n;
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value);
  throw malformed(name, 'an integer');
}

function malformed(name: string, wanted: string): StoreError {
  return new StoreError('invalid', `etcdserver: field ${name} must be ${wanted}`);
}
