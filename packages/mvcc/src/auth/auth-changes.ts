import type { BackendChange } from '../backend.js';
import { compareBytes } from '../bytes.js';
import { authErrors } from './auth-errors.js';
import { type AuthRequest, type Permission, type Role, rootName, type User } from './auth-model.js';
import { authMetaChange, roleChange, userChange } from './auth-record.js';
import type { AuthState } from './auth-state.js';

/**
 * Changes users and roles by etcd's rules.
 * @returns what is to be stored
 * @throws StoreError, and then nothing has changed
 */
export function changeAuth(state: AuthState, request: AuthRequest): BackendChange[] {
  switch (request.kind) {
    case 'enable':
      return enable(state);
    case 'disable':
      if (!state.enabled) return [];
      state.enabled = false;
      return changed(state, []);
    case 'authenticate':
      return authenticate(state, request);
    case 'userAdd':
      return addUser(state, request);
    case 'userDelete':
      if (state.enabled && request.user === rootName) throw authErrors.invalidManagement();
      existing(state, request.user);
      state.users.delete(request.user);
      return changed(state, [userChange(request.user, undefined)]);
    case 'userChangePassword': {
      const { passwordHash, ...user } = existing(state, request.user);
      return putUsers(state, [passwordHash === undefined ? user : { ...user, passwordHash: request.passwordHash }]);
    }
    case 'userGrantRole':
      return grantRole(state, request);
    case 'userRevokeRole':
      return revokeRole(state, request);
    case 'roleAdd':
      if (request.role === '') throw authErrors.roleEmpty();
      if (state.roles.has(request.role)) throw authErrors.roleExists();
      return putRole(state, { name: request.role, permissions: [] });
    case 'roleDelete':
      return deleteRole(state, request.role);
    case 'roleGrantPermission':
      return grantPermission(state, request.role, request.permission);
    case 'roleRevokePermission':
      return revokePermission(state, request);
  }
}

type Request<K extends AuthRequest['kind']> = Extract<AuthRequest, { readonly kind: K }>;

function enable(state: AuthState): BackendChange[] {
  if (state.enabled) return [];
  if (!state.users.has(rootName)) throw authErrors.rootUserNotExist();
  if (!state.isRoot(rootName)) throw authErrors.rootRoleNotExist();
  state.enabled = true;
  return [authMetaChange(state)];
}

/** The password was checked against an earlier state: was it this one? */
function authenticate(state: AuthState, { user, authRevision }: Request<'authenticate'>): BackendChange[] {
  if (!state.enabled) throw authErrors.notEnabled();
  if (authRevision !== state.revision) throw authErrors.oldRevision();
  if (state.users.get(user)?.passwordHash === undefined) throw authErrors.authFailed();
  return [];
}

function addUser(state: AuthState, { user: name, passwordHash }: Request<'userAdd'>): BackendChange[] {
  if (name === '') throw authErrors.userEmpty();
  if (state.users.has(name)) throw authErrors.userExists();
  return putUsers(state, [{ name, roles: [], ...(passwordHash !== undefined && { passwordHash }) }]);
}

function grantRole(state: AuthState, request: Request<'userGrantRole'>): BackendChange[] {
  const user = existing(state, request.user);
  if (request.role !== rootName && !state.roles.has(request.role)) throw authErrors.roleNotFound();
  if (user.roles.includes(request.role)) return [];
  return putUsers(state, [{ ...user, roles: [...user.roles, request.role].sort() }]);
}

function revokeRole(state: AuthState, request: Request<'userRevokeRole'>): BackendChange[] {
  if (state.enabled && request.user === rootName && request.role === rootName) throw authErrors.invalidManagement();
  const user = existing(state, request.user);
  if (!user.roles.includes(request.role)) throw authErrors.roleNotGranted();
  return putUsers(state, [without(user, request.role)]);
}

function deleteRole(state: AuthState, name: string): BackendChange[] {
  if (state.enabled && name === rootName) throw authErrors.invalidManagement();
  existingRole(state, name);
  state.roles.delete(name);
  const holders = [...state.users.values()].filter(({ roles }) => roles.includes(name));
  return [
    roleChange(name, undefined),
    ...putUsers(
      state,
      holders.map((user) => without(user, name)),
    ),
  ];
}

function grantPermission(state: AuthState, name: string, permission: Permission | undefined): BackendChange[] {
  if (permission === undefined) throw authErrors.permissionNotGiven();
  if (!isValidRange(permission)) throw authErrors.invalidManagement();
  const role = existingRole(state, name);
  if (role.permissions.some((other) => sameRange(other, permission))) {
    return putRole(state, {
      name,
      permissions: role.permissions.map((other) => (sameRange(other, permission) ? permission : other)),
    });
  }
  const permissions = [...role.permissions, permission].sort((a, b) => compareBytes(a.key, b.key));
  return putRole(state, { name, permissions });
}

function revokePermission(state: AuthState, request: Request<'roleRevokePermission'>): BackendChange[] {
  const role = existingRole(state, request.role);
  const permissions = role.permissions.filter((other) => !sameRange(other, request));
  if (permissions.length === role.permissions.length) throw authErrors.permissionNotGranted();
  return putRole(state, { name: role.name, permissions });
}

function existing(state: AuthState, name: string): User {
  const user = state.users.get(name);
  if (user === undefined) throw authErrors.userNotFound();
  return user;
}

function existingRole(state: AuthState, name: string): Role {
  const role = state.roles.get(name);
  if (role === undefined) throw authErrors.roleNotFound();
  return role;
}

function without(user: User, role: string): User {
  return { ...user, roles: user.roles.filter((other) => other !== role) };
}

function putUsers(state: AuthState, users: readonly User[]): BackendChange[] {
  for (const user of users) state.users.set(user.name, user);
  return changed(
    state,
    users.map((user) => userChange(user.name, user)),
  );
}

function putRole(state: AuthState, role: Role): BackendChange[] {
  state.roles.set(role.name, role);
  return changed(state, [roleChange(role.name, role)]);
}

function changed(state: AuthState, changes: readonly BackendChange[]): BackendChange[] {
  state.revision++;
  state.changed();
  return [...changes, authMetaChange(state)];
}

const noBytes = new Uint8Array(0);

function sameRange(a: Omit<Permission, 'type'>, b: Omit<Permission, 'type'>): boolean {
  return compareBytes(a.key, b.key) === 0 && compareBytes(a.rangeEnd ?? noBytes, b.rangeEnd ?? noBytes) === 0;
}

function isValidRange({ key, rangeEnd = noBytes }: Permission): boolean {
  if (key.length === 0) return false;
  const openEnded = rangeEnd.length === 1 && rangeEnd[0] === 0;
  return rangeEnd.length === 0 || openEnded || compareBytes(key, rangeEnd) < 0;
}
