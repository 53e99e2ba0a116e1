/** Who makes a request, as authentication found out. The shape of `authentication.k8s.io/v1` UserInfo. */
export interface UserInfo {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export const systemMasters = 'system:masters';
export const authenticatedGroup = 'system:authenticated';
export const unauthenticatedGroup = 'system:unauthenticated';
export const nodesGroup = 'system:nodes';
export const nodeUserPrefix = 'system:node:';
export const serviceAccountUserPrefix = 'system:serviceaccount:';
export const serviceAccountsGroup = 'system:serviceaccounts';

/** The extra that names the credential, not only its owner: what an audit log needs to revoke it. */
export const credentialIdKey = 'authentication.kubernetes.io/credential-id';

export const anonymousUser: UserInfo = { username: 'system:anonymous', uid: '', groups: [unauthenticatedGroup], extra: {} };

/** The API server itself: what it bootstraps and reads on its own behalf. */
export const apiServerUser: UserInfo = {
  username: 'system:apiserver',
  uid: '',
  groups: [systemMasters, authenticatedGroup],
  extra: {},
};
