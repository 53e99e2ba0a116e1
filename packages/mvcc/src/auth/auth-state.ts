import { type KeySpan, keySpan } from '../bytes.js';
import { authErrors } from './auth-errors.js';
import { type Permission, type Role, rootName, type User } from './auth-model.js';
import { KeyRanges } from './key-ranges.js';

interface Access {
  readonly read: KeyRanges;
  readonly write: KeyRanges;
}

/** What others than commands may see of it. */
export type AuthView = Pick<AuthState, 'enabled' | 'revision' | 'isRoot' | 'checkRoot' | 'checkRead'> & {
  readonly users: ReadonlyMap<string, User>;
  readonly roles: ReadonlyMap<string, Role>;
};

/** The replicated users and roles, and the questions that they answer. Who changes them is `changeAuth`. */
export class AuthState {
  readonly users = new Map<string, User>();
  readonly roles = new Map<string, Role>();
  /** While false, nobody is asked for anything. */
  enabled = false;
  /** Grows with every change of users, roles and permissions; a new store is at 1, as in etcd. */
  revision = 1;
  /** What users may do, worked out when first asked after a change. */
  readonly #access = new Map<string, Access>();

  /** Whatever has been worked out from users and roles is so no longer. */
  changed(): void {
    this.#access.clear();
  }

  isRoot(user: string): boolean {
    return this.users.get(user)?.roles.includes(rootName) === true;
  }

  /** @throws StoreError when `user` may not manage the store: etcd's texts differ by what it is */
  checkRoot(user: string): void {
    if (!this.enabled) return;
    if (user === '') throw authErrors.userEmpty();
    if (!this.users.has(user)) throw authErrors.userNotFound();
    if (!this.isRoot(user)) throw authErrors.permissionDenied();
  }

  /** @throws StoreError `permission-denied` unless `user` may read all of [key, rangeEnd) */
  checkRead(user: string, key: Uint8Array, rangeEnd?: Uint8Array): void {
    this.#check(user, 'read', keySpan(key, rangeEnd));
  }

  /** @throws StoreError `permission-denied` unless `user` may write all of [key, rangeEnd) */
  checkWrite(user: string, key: Uint8Array, rangeEnd?: Uint8Array): void {
    this.#check(user, 'write', keySpan(key, rangeEnd));
  }

  #check(user: string, access: keyof Access, span: KeySpan): void {
    if (!this.enabled) return;
    if (user === '') throw authErrors.userEmpty();
    if (!this.isRoot(user) && !this.#accessOf(user)[access].covers(span)) throw authErrors.permissionDenied();
  }

  #accessOf(user: string): Access {
    const known = this.#access.get(user);
    if (known !== undefined) return known;
    const roles = this.users.get(user)?.roles ?? [];
    const permissions = roles.flatMap((role) => this.roles.get(role)?.permissions ?? []);
    const ranges = (other: Permission['type']) => new KeyRanges(permissions.filter(({ type }) => type !== other));
    const access = { read: ranges('write'), write: ranges('read') };
    if (this.users.has(user)) this.#access.set(user, access);
    return access;
  }
}
