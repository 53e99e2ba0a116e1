import { type AuthRequest, authErrors, type Permission } from '@flotilla/mvcc';
import { nobody, userName } from '../auth/auth-service.js';
import type { Call, Operation } from './call.js';
import { asBuffer, header } from './responses.js';
import { booleanField, bytesField, enumField, messageField, textField, type Wire } from './wire.js';

/** etcd's `service Auth`: one change of users and roles each, or a look at them. */

const permissionTypes = { READ: 'read', WRITE: 'write', READWRITE: 'readwrite' } as const;

const name = (request: Wire, field: string) => userName(textField(request, field));
const text = (binary: string) => Buffer.from(binary, 'latin1').toString();

function change(request: (message: Wire, call: Call) => AuthRequest | Promise<AuthRequest>): Operation {
  return async (call, message) => {
    const { service, caller, signal } = call;
    const { revision } = await service.auth.change(await request(message, call), caller, signal);
    return { header: header(service, revision) };
  };
}

export const enable = change(() => ({ kind: 'enable' }));
export const disable = change(() => ({ kind: 'disable' }));

export const status: Operation = async ({ service, caller, signal }) => {
  await service.member.linearizable(signal);
  await service.auth.requireRoot(caller);
  const { enabled, revision } = service.store.auth;
  return { header: header(service), enabled, authRevision: String(revision) };
};

export const authenticate: Operation = async ({ service, signal }, request) => {
  const password = textField(request, 'password');
  const { revision, token } = await service.auth.authenticate(name(request, 'name'), password, signal);
  return { header: header(service, revision), token };
};

export const userAdd = change(async (request, { service }) => {
  const options = messageField(request, 'options') ?? {};
  const user = name(request, 'name');
  if (booleanField(options, 'no_password')) return { kind: 'userAdd', user };
  return { kind: 'userAdd', user, passwordHash: await service.auth.passwords.hash(textField(request, 'password')) };
});

export const userDelete = change((request) => ({ kind: 'userDelete', user: name(request, 'name') }));

export const userChangePassword = change(async (request, { service }) => ({
  kind: 'userChangePassword',
  user: name(request, 'name'),
  passwordHash: await service.auth.passwords.hash(textField(request, 'password')),
}));

export const userGrantRole = change((request) => ({
  kind: 'userGrantRole',
  user: name(request, 'user'),
  role: name(request, 'role'),
}));

export const userRevokeRole = change((request) => ({
  kind: 'userRevokeRole',
  user: name(request, 'name'),
  role: name(request, 'role'),
}));

export const roleAdd = change((request) => ({ kind: 'roleAdd', role: name(request, 'name') }));
export const roleDelete = change((request) => ({ kind: 'roleDelete', role: name(request, 'role') }));

export const roleGrantPermission = change((request) => {
  const permission = messageField(request, 'perm');
  const role = name(request, 'name');
  return { kind: 'roleGrantPermission', role, ...(permission !== undefined && { permission: permissionOf(permission) }) };
});

export const roleRevokePermission = change((request) => ({
  kind: 'roleRevokePermission',
  role: name(request, 'role'),
  ...rangeOf(request),
}));

/** Users may look at themselves. */
export const userGet: Operation = async (call, request) => {
  const wanted = name(request, 'name');
  const asking = await whoLooks(call);
  const { auth } = call.service.store;
  if (asking !== wanted) auth.checkRoot(asking);
  const user = auth.users.get(wanted);
  if (user === undefined) throw authErrors.userNotFound();
  return { header: header(call.service), roles: user.roles.map(text) };
};

/** Users may look at the roles that they have. */
export const roleGet: Operation = async (call, request) => {
  const wanted = name(request, 'role');
  const asking = await whoLooks(call);
  const { auth } = call.service.store;
  if (auth.users.get(asking)?.roles.includes(wanted) !== true) auth.checkRoot(asking);
  const role = auth.roles.get(wanted);
  if (role === undefined) throw authErrors.roleNotFound();
  return { header: header(call.service), perm: role.permissions.map(permissionMessage) };
};

export const userList: Operation = async (call) => {
  const { auth } = call.service.store;
  auth.checkRoot(await whoLooks(call));
  return { header: header(call.service), users: [...auth.users.keys()].sort().map(text) };
};

export const roleList: Operation = async (call) => {
  const { auth } = call.service.store;
  auth.checkRoot(await whoLooks(call));
  return { header: header(call.service), roles: [...auth.roles.keys()].sort().map(text) };
};

async function whoLooks({ service, caller, signal }: Call): Promise<string> {
  await service.member.linearizable(signal);
  return service.auth.enabled ? service.auth.user(caller) : nobody;
}

function permissionOf(message: Wire): Permission {
  return { type: enumField(message, 'permType', permissionTypes), ...rangeOf(message) };
}

function rangeOf(message: Wire): { readonly key: Uint8Array; readonly rangeEnd?: Uint8Array } {
  const rangeEnd = bytesField(message, 'range_end');
  return { key: bytesField(message, 'key'), ...(rangeEnd.length > 0 && { rangeEnd }) };
}

function permissionMessage({ type, key, rangeEnd }: Permission): Wire {
  const permType = type.toUpperCase();
  return { permType, key: asBuffer(key), ...(rangeEnd !== undefined && { range_end: asBuffer(rangeEnd) }) };
}
