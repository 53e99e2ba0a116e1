import type { AuthRequest, Permission } from '../auth/auth-model.js';
import { binaryBytes, binaryString } from '../bytes.js';
import { type ByteReader, CodecError } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

const permissionTypes = ['read', 'write', 'readwrite'] as const;

/** Numbers on the wire are positions here: append only. */
const kinds: readonly AuthRequest['kind'][] = [
  'enable',
  'disable',
  'authenticate',
  'userAdd',
  'userDelete',
  'userChangePassword',
  'userGrantRole',
  'userRevokeRole',
  'roleAdd',
  'roleDelete',
  'roleGrantPermission',
  'roleRevokePermission',
];

/** A binary string, as bytes. */
export function writeText(w: ByteWriter, text: string): void {
  w.bytes(binaryBytes(text));
}

export function readText(r: ByteReader): string {
  return binaryString(r.bytes());
}

export function writePermission(w: ByteWriter, { type, key, rangeEnd }: Permission): void {
  w.u8(permissionTypes.indexOf(type));
  writeRange(w, key, rangeEnd);
}

export function readPermission(r: ByteReader): Permission {
  const type = permissionTypes[r.u8()];
  if (type === undefined) throw new CodecError('no such type of permission');
  return { type, ...readRange(r) };
}

export function writeAuthRequest(w: ByteWriter, request: AuthRequest): void {
  w.u8(kinds.indexOf(request.kind));
  if ('user' in request) writeText(w, request.user);
  if ('role' in request) writeText(w, request.role);
  switch (request.kind) {
    case 'authenticate':
      writeText(w, request.tokenPrefix);
      w.u53(request.authRevision);
      return;
    case 'userAdd':
      if (request.passwordHash !== undefined) w.bytes(request.passwordHash);
      return;
    case 'userChangePassword':
      w.bytes(request.passwordHash);
      return;
    case 'roleGrantPermission':
      if (request.permission !== undefined) writePermission(w, request.permission);
      return;
    case 'roleRevokePermission':
      writeRange(w, request.key, request.rangeEnd);
      return;
  }
}

/** Users and roles are kept: a view would keep all of the message alive that brought them. */
function ownBytes(r: ByteReader): Uint8Array {
  return Uint8Array.from(r.bytes());
}

/** What is absent at the end of a request was not there. */
export function readAuthRequest(r: ByteReader): AuthRequest {
  const kind = kinds[r.u8()];
  switch (kind) {
    case 'enable':
    case 'disable':
      return { kind };
    case 'authenticate':
      return { kind, user: readText(r), tokenPrefix: readText(r), authRevision: r.u53() };
    case 'userAdd':
      return { kind, user: readText(r), ...(r.remaining > 0 && { passwordHash: ownBytes(r) }) };
    case 'userDelete':
      return { kind, user: readText(r) };
    case 'userChangePassword':
      return { kind, user: readText(r), passwordHash: ownBytes(r) };
    case 'userGrantRole':
    case 'userRevokeRole':
      return { kind, user: readText(r), role: readText(r) };
    case 'roleAdd':
    case 'roleDelete':
      return { kind, role: readText(r) };
    case 'roleGrantPermission':
      return { kind, role: readText(r), ...(r.remaining > 0 && { permission: readPermission(r) }) };
    case 'roleRevokePermission':
      return { kind, role: readText(r), ...readRange(r) };
    default:
      throw new CodecError('no such kind of auth request');
  }
}

function writeRange(w: ByteWriter, key: Uint8Array, rangeEnd: Uint8Array | undefined): void {
  w.bytes(key).u8(rangeEnd === undefined ? 0 : 1);
  if (rangeEnd !== undefined) w.bytes(rangeEnd);
}

function readRange(r: ByteReader): { readonly key: Uint8Array; readonly rangeEnd?: Uint8Array } {
  const key = ownBytes(r);
  return r.u8() === 1 ? { key, rangeEnd: ownBytes(r) } : { key };
}
