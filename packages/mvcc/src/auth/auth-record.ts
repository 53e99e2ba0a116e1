import type { BackendChange } from '../backend.js';
import { binaryString } from '../bytes.js';
import { readPermission, readText, writePermission, writeText } from '../codec/auth.js';
import { ByteReader, CodecError } from '../codec/byte-reader.js';
import { ByteWriter } from '../codec/byte-writer.js';
import { readMany } from '../codec/requests.js';
import type { Role, User } from './auth-model.js';
import type { AuthState } from './auth-state.js';

/** Backend keys of users and roles: this letter, one for the kind, and the name. */
export const authPrefix = 0x61; // a
const metaKind = 0x6d; // m
const roleKind = 0x72; // r
const userKind = 0x75; // u

const writer = new ByteWriter(256);
const metaKey = Uint8Array.of(authPrefix, metaKind);

export function authMetaChange({ enabled, revision }: AuthState): BackendChange {
  return {
    key: metaKey,
    value: writer
      .u8(enabled ? 1 : 0)
      .u53(revision)
      .finish(),
  };
}

/** @param user undefined removes it */
export function userChange(name: string, user: User | undefined): BackendChange {
  const key = keyOf(userKind, name);
  if (user === undefined) return { key, value: undefined };
  writer.u8(user.passwordHash === undefined ? 0 : 1);
  if (user.passwordHash !== undefined) writer.bytes(user.passwordHash);
  writer.u32(user.roles.length);
  for (const role of user.roles) writeText(writer, role);
  return { key, value: writer.finish() };
}

/** @param role undefined removes it */
export function roleChange(name: string, role: Role | undefined): BackendChange {
  const key = keyOf(roleKind, name);
  if (role === undefined) return { key, value: undefined };
  writer.u32(role.permissions.length);
  for (const permission of role.permissions) writePermission(writer, permission);
  return { key, value: writer.finish() };
}

/** Takes an entry whose key starts with `authPrefix`. @throws CodecError */
export function restoreAuth(state: AuthState, key: Uint8Array, value: Uint8Array): void {
  const reader = new ByteReader(value);
  const name = binaryString(key.subarray(2));
  switch (key[1]) {
    case metaKind:
      state.enabled = reader.u8() === 1;
      state.revision = reader.u53();
      return;
    case roleKind:
      state.roles.set(name, { name, permissions: readMany(reader, readPermission) });
      return;
    case userKind: {
      const password = reader.u8() === 1 ? { passwordHash: reader.bytes() } : {};
      state.users.set(name, { name, ...password, roles: readMany(reader, readText) });
      return;
    }
    default:
      throw new CodecError(`no such kind of auth record: ${key[1]}`);
  }
}

function keyOf(kind: number, name: string): Uint8Array {
  writer.u8(authPrefix).u8(kind);
  for (let i = 0; i < name.length; i++) writer.u8(name.charCodeAt(i));
  return writer.finish();
}
