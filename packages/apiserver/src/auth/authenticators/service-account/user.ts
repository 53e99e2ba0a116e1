import { authenticatedGroup, serviceAccountsGroup, serviceAccountUserPrefix, type UserInfo } from '../../user-info.js';
import type { Bound } from './claims.js';

/** The user that a service account acts as. */
export function serviceAccountUser(namespace: string, { name, uid }: Bound, extra: UserInfo['extra']): UserInfo {
  return {
    username: `${serviceAccountUserPrefix}${namespace}:${name}`,
    uid,
    groups: [serviceAccountsGroup, `${serviceAccountsGroup}:${namespace}`, authenticatedGroup],
    extra,
  };
}
