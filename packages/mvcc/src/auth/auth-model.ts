import type { Header } from '../model.js';

/*
 * etcd's users and roles (etcd API reference v3.5, `service Auth`). Names are binary strings of their UTF-8 bytes, as
 * keys are in the index, so that they sort as in etcd.
 */

export type PermissionType = 'read' | 'write' | 'readwrite';

/** What a role may do with one key, or with [key, rangeEnd) by the conventions of a range request. */
export interface Permission {
  readonly type: PermissionType;
  readonly key: Uint8Array;
  readonly rangeEnd?: Uint8Array;
}

export interface User {
  readonly name: string;
  /** Made by the servers; opaque here. Absent: the user has no password, and proves itself by a certificate. */
  readonly passwordHash?: Uint8Array;
  /** Ascending. */
  readonly roles: readonly string[];
}

export interface Role {
  readonly name: string;
  /** By key, ascending. */
  readonly permissions: readonly Permission[];
}

/** This user may do everything once it has this role. */
export const rootName = 'root';

/** A change of users and roles, or the start of a session. A password never enters the log. */
export type AuthRequest =
  | { readonly kind: 'enable' }
  | { readonly kind: 'disable' }
  /** The password was right at `authRevision`; the token will be `tokenPrefix.index`, index being that of the command. */
  | { readonly kind: 'authenticate'; readonly user: string; readonly tokenPrefix: string; readonly authRevision: number }
  | { readonly kind: 'userAdd'; readonly user: string; readonly passwordHash?: Uint8Array }
  | { readonly kind: 'userDelete'; readonly user: string }
  | { readonly kind: 'userChangePassword'; readonly user: string; readonly passwordHash: Uint8Array }
  | { readonly kind: 'userGrantRole'; readonly user: string; readonly role: string }
  | { readonly kind: 'userRevokeRole'; readonly user: string; readonly role: string }
  | { readonly kind: 'roleAdd'; readonly role: string }
  | { readonly kind: 'roleDelete'; readonly role: string }
  | { readonly kind: 'roleGrantPermission'; readonly role: string; readonly permission?: Permission }
  | { readonly kind: 'roleRevokePermission'; readonly role: string; readonly key: Uint8Array; readonly rangeEnd?: Uint8Array };

export interface AuthResponse extends Header {
  /** After `authenticate`. */
  readonly token?: string;
}

/** In whose name a command is, and as of which state of users and roles that was found out. */
export interface AuthInfo {
  readonly user: string;
  readonly authRevision: number;
}

/** Told of what concerns sessions, as it is applied. Tokens are no part of the state: a restart forgets them. */
export interface AuthObserver {
  tokenAssigned(user: string, token: string): void;
  /** The user was removed, or has another password. */
  userChanged(user: string): void;
  /** No token given out so far is good any longer. */
  reset(): void;
}
