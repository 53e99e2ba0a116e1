import { timingSafeEqual } from 'node:crypto';
import type { Secret } from '@flotilla/api';
import type { TokenIdentity } from '../authenticator.js';
import { type BoundObjects, boundObjectsLive } from './claims.js';
import { serviceAccountUser } from './user.js';

/** Who issues the tokens that lie in Secrets of type kubernetes.io/service-account-token. */
export const legacyIssuer = 'kubernetes/serviceaccount';
const claimPrefix = 'kubernetes.io/serviceaccount/';

/**
 * A verified token of the old sort: it never expires and addresses nobody in particular, but has to lie, word for word,
 * in its Secret, and dies with it.
 * @param audiences that the API server itself goes by
 * @param wanted empty: those of the API server
 */
export async function legacyIdentity(
  token: string,
  payload: Readonly<Record<string, unknown>>,
  objects: BoundObjects,
  {
    audiences,
    wanted,
    nowMs,
  }: { readonly audiences: readonly string[]; readonly wanted: readonly string[]; readonly nowMs: number },
): Promise<TokenIdentity | undefined> {
  const claim = (name: string) => String(payload[`${claimPrefix}${name}`] ?? '');
  const [namespace, name, uid] = [claim('namespace'), claim('service-account.name'), claim('service-account.uid')];
  const secretName = claim('secret.name');
  if ([namespace, name, uid, secretName].includes('')) return undefined;
  const addressed = wanted.length === 0 ? audiences : audiences.filter((audience) => wanted.includes(audience));
  if (addressed.length === 0) return undefined;
  const secret = (await objects.get('secrets', namespace, secretName)) as Secret | undefined; // the registry hands out what was asked for
  if (secret === undefined || !holds(secret, token)) return undefined;
  const account = { name, uid };
  const bound = { namespace, serviceAccount: account, pod: undefined, node: undefined, warnAfter: undefined };
  const live = await boundObjectsLive({ ...bound, secret: { name: secretName, uid: secret.metadata.uid ?? '' } }, objects, nowMs);
  return live ? { user: serviceAccountUser(namespace, account, {}), audiences: addressed } : undefined;
}

function holds({ data = {} }: Secret, token: string): boolean {
  const [stored, shown] = [Buffer.from(data['token'] ?? '', 'base64'), Buffer.from(token)];
  return stored.length === shown.length && timingSafeEqual(stored, shown);
}
