import { statusErrors } from '@flotilla/api';
import type { Exchange } from '../http/exchange.js';
import type { Attributes, Authorizer } from './authorizers/authorizer.js';
import { forbiddenError } from './forbidden.js';
import { unescapeKey } from './unescape-key.js';
import {
  authenticatedGroup,
  serviceAccountsGroup,
  serviceAccountUserPrefix,
  type UserInfo,
  unauthenticatedGroup,
} from './user-info.js';

const extraPrefix = 'impersonate-extra-';

/**
 * The user that the request asks to be treated as (`Impersonate-User`, `-Group`, `-Uid`, `-Extra-…`), once the real one has
 * been found to have the right to impersonate each part; undefined when the request asks for nothing of the sort.
 * @throws StatusError Forbidden, BadRequest
 */
export async function impersonate(exchange: Exchange, authorizer: Authorizer): Promise<UserInfo | undefined> {
  const { headers } = exchange.request;
  const username = exchange.header('impersonate-user');
  if (username === undefined) {
    for (const name in headers) {
      if (name.startsWith('impersonate-')) throw statusErrors.badRequest(`${name}: without impersonating a user`);
    }
    return undefined;
  }
  const { headersDistinct } = exchange.request;
  const groups = headersDistinct['impersonate-group'] ?? [];
  const uid = exchange.header('impersonate-uid') ?? '';
  const extra: Record<string, readonly string[]> = Object.create(null);
  for (const [name, values] of Object.entries(headersDistinct)) {
    if (name.startsWith(extraPrefix)) extra[unescapeKey(name.slice(extraPrefix.length))] = values ?? [];
  }
  for (const target of targets(username, groups, uid, extra)) await check(exchange.user, target, authorizer);
  return { username, uid, groups: [...groups, ...impliedGroups(username, groups)], extra };
}

type Target = Pick<Attributes, 'apiGroup' | 'namespace' | 'resource' | 'subresource' | 'name'>;

function* targets(
  username: string,
  groups: readonly string[],
  uid: string,
  extra: Readonly<Record<string, readonly string[]>>,
): Iterable<Target> {
  const plain = { apiGroup: '', namespace: '', subresource: '' };
  const account = serviceAccountOf(username);
  if (account === undefined) yield { ...plain, resource: 'users', name: username };
  else yield { ...plain, resource: 'serviceaccounts', namespace: account.namespace, name: account.name };
  for (const group of groups) yield { ...plain, resource: 'groups', name: group };
  const authentication = { ...plain, apiGroup: 'authentication.k8s.io' };
  if (uid !== '') yield { ...authentication, resource: 'uids', name: uid };
  for (const [key, values] of Object.entries(extra)) {
    for (const value of values) yield { ...authentication, resource: 'userextras', subresource: key, name: value };
  }
}

async function check(user: UserInfo, target: Target, authorizer: Authorizer): Promise<void> {
  const attributes: Attributes = {
    ...target,
    user,
    verb: 'impersonate',
    isResourceRequest: true,
    path: '',
    apiVersion: 'v1',
    fieldSelector: '',
  };
  const decision = await authorizer.authorize(attributes);
  if (decision.verdict !== 'allow') throw forbiddenError(attributes, decision.reason);
}

function impliedGroups(username: string, groups: readonly string[]): readonly string[] {
  if (username === 'system:anonymous') return groups.includes(unauthenticatedGroup) ? [] : [unauthenticatedGroup];
  const account = groups.length === 0 ? serviceAccountOf(username) : undefined;
  const ofAccount = account === undefined ? [] : [serviceAccountsGroup, `${serviceAccountsGroup}:${account.namespace}`];
  return groups.includes(authenticatedGroup) ? ofAccount : [...ofAccount, authenticatedGroup];
}

function serviceAccountOf(username: string): { readonly namespace: string; readonly name: string } | undefined {
  if (!username.startsWith(serviceAccountUserPrefix)) return undefined;
  const [namespace = '', name = '', ...rest] = username.slice(serviceAccountUserPrefix.length).split(':');
  return namespace === '' || name === '' || rest.length > 0 ? undefined : { namespace, name };
}
