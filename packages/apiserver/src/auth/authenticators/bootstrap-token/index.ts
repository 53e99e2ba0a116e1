import { timingSafeEqual } from 'node:crypto';
import type { KubernetesObject, Secret } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import { authenticatedGroup } from '../../user-info.js';
import type { TokenAuthenticator } from '../authenticator.js';

const tokenFormat = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const groupFormat = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const bootstrappers = 'system:bootstrappers';
const secretType = 'bootstrap.kubernetes.io/token';

export interface BootstrapTokenOptions {
  readonly clock: Clock;
  /** A Secret of kube-system, as the cache has it: whoever guesses tokens costs the store nothing. */
  secret(name: string): Promise<KubernetesObject | undefined>;
}

/** Tokens that a new node shows until it has a certificate of its own: `id.secret`, kept in a Secret `bootstrap-token-<id>`. */
export function bootstrapTokenAuthenticator({ clock, secret }: BootstrapTokenOptions): TokenAuthenticator {
  return {
    name: 'bootstrap-token',
    async authenticateToken(token) {
      const [, id, password] = tokenFormat.exec(token) ?? [];
      if (id === undefined || password === undefined) return undefined;
      const found = (await secret(`bootstrap-token-${id}`)) as Secret | undefined; // the registry hands out what was asked for
      const groups = found === undefined ? undefined : groupsOf(found, id, password, clock.wallMs());
      if (groups === undefined) return undefined;
      return { user: { username: `system:bootstrap:${id}`, uid: '', groups, extra: {} }, audiences: [] };
    },
  };
}

/** @returns undefined when the Secret does not vouch for the token */
function groupsOf(
  { metadata, type, data = {} }: Secret,
  id: string,
  password: string,
  nowMs: number,
): readonly string[] | undefined {
  const read = (name: string) => Buffer.from(data[name] ?? '', 'base64').toString('utf8');
  if (type !== secretType || metadata?.deletionTimestamp !== undefined) return undefined;
  if (read('token-id') !== id || !sameText(read('token-secret'), password)) return undefined;
  if (read('usage-bootstrap-authentication') !== 'true') return undefined;
  const expiration = read('expiration');
  if (expiration !== '' && !(Date.parse(expiration) > nowMs)) return undefined; // unreadable counts as past
  const extra = read('auth-extra-groups')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '');
  if (!extra.every((group) => groupFormat.test(group))) return undefined;
  return [...new Set([bootstrappers, ...extra.sort()]), authenticatedGroup];
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
