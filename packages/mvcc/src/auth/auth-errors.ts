import { StoreError } from '../store-error.js';

/** etcd's texts about users and roles (`api/v3rpc/rpctypes/error.go`). */
export const authErrors = {
  rootUserNotExist: () => new StoreError('failed-precondition', 'etcdserver: root user does not exist'),
  rootRoleNotExist: () => new StoreError('failed-precondition', 'etcdserver: root user does not have root role'),
  userExists: () => new StoreError('failed-precondition', 'etcdserver: user name already exists'),
  userEmpty: () => new StoreError('invalid', 'etcdserver: user name is empty'),
  userNotFound: () => new StoreError('failed-precondition', 'etcdserver: user name not found'),
  roleExists: () => new StoreError('failed-precondition', 'etcdserver: role name already exists'),
  roleNotFound: () => new StoreError('failed-precondition', 'etcdserver: role name not found'),
  roleEmpty: () => new StoreError('invalid', 'etcdserver: role name is empty'),
  roleNotGranted: () => new StoreError('failed-precondition', 'etcdserver: role is not granted to the user'),
  permissionNotGiven: () => new StoreError('invalid', 'etcdserver: permission not given'),
  permissionNotGranted: () => new StoreError('failed-precondition', 'etcdserver: permission is not granted to the role'),
  permissionDenied: () => new StoreError('permission-denied', 'etcdserver: permission denied'),
  authFailed: () => new StoreError('invalid', 'etcdserver: authentication failed, invalid user ID or password'),
  /** The only one that etcd passes on under its inner name and without a status code. */
  noPasswordUser: () => new StoreError('unclassified', 'auth: authentication failed, password was given for no password user'),
  notEnabled: () => new StoreError('failed-precondition', 'etcdserver: authentication is not enabled'),
  invalidToken: () => new StoreError('unauthenticated', 'etcdserver: invalid auth token'),
  invalidManagement: () => new StoreError('invalid', 'etcdserver: invalid auth management'),
  oldRevision: () => new StoreError('auth-old-revision', 'etcdserver: revision of auth store is old'),
};
