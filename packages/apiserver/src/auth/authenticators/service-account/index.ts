import type { Clock } from '@flotilla/base';
import type { JWTPayload } from 'jose';
import type { TokenKey } from '../../service-account-keys.js';
import { credentialIdKey, serviceAccountUserPrefix, type UserInfo } from '../../user-info.js';
import type { TokenAuthenticator, TokenIdentity } from '../authenticator.js';
import { unverifiedPart } from '../jwt-parts.js';
import { type BoundClaims, type BoundObjects, boundObjectsLive, readClaims } from './claims.js';
import { legacyIdentity, legacyIssuer } from './legacy.js';
import { serviceAccountUser } from './user.js';

export interface ServiceAccountOptions {
  readonly keys: readonly TokenKey[];
  readonly issuers: readonly string[];
  /** Whom tokens have to address to be taken by this API server. */
  readonly audiences: readonly string[];
  readonly objects: BoundObjects;
  readonly clock: Clock;
  /** A token is used beyond the lifetime that was asked for: its client does not read it again from its file. */
  onStale(): void;
}

/**
 * Tokens of service accounts: signed JWTs. Those of TokenRequest are bound to objects, have an audience and expire;
 * those of the old sort lie in Secrets.
 */
export function serviceAccountAuthenticator(options: ServiceAccountOptions): TokenAuthenticator {
  const byId = new Map(options.keys.map((key) => [key.id, key]));
  return {
    name: 'service-account',
    async authenticateToken(token, wanted) {
      const issuer = unverifiedPart(token, 1)?.['iss'];
      if (typeof issuer !== 'string') return undefined;
      const keys = keysFor(token, byId, options.keys);
      if (issuer === legacyIssuer) return authenticateLegacy(token, keys, wanted, options);
      return options.issuers.includes(issuer) ? authenticateBound(token, keys, wanted, options) : undefined;
    },
  };
}

async function authenticateBound(
  token: string,
  keys: readonly TokenKey[],
  wanted: readonly string[],
  options: ServiceAccountOptions,
): Promise<TokenIdentity | undefined> {
  const audiences = wanted.length === 0 ? options.audiences : wanted;
  const expected = { issuer: [...options.issuers], audience: [...audiences], requiredClaims: ['exp', 'sub'] };
  const nowMs = options.clock.wallMs();
  const payload = await verify(token, keys, { ...expected, currentDate: new Date(nowMs) });
  const claims = payload === undefined ? undefined : readClaims(payload);
  if (payload === undefined || claims === undefined) return undefined;
  if (payload.sub !== `${serviceAccountUserPrefix}${claims.namespace}:${claims.serviceAccount.name}`) return undefined;
  if (!(await boundObjectsLive(claims, options.objects, nowMs))) return undefined;
  if (claims.warnAfter !== undefined && claims.warnAfter * 1_000 < nowMs) options.onStale();
  const addressed = typeof payload.aud === 'string' ? [payload.aud] : (payload.aud ?? []);
  return {
    user: serviceAccountUser(claims.namespace, claims.serviceAccount, extraOf(claims, payload)),
    audiences: audiences.filter((audience) => addressed.includes(audience)),
  };
}

async function authenticateLegacy(
  token: string,
  keys: readonly TokenKey[],
  wanted: readonly string[],
  { objects, audiences, clock }: ServiceAccountOptions,
): Promise<TokenIdentity | undefined> {
  const nowMs = clock.wallMs();
  const payload = await verify(token, keys, { issuer: legacyIssuer, currentDate: new Date(nowMs) });
  return payload === undefined ? undefined : legacyIdentity(token, payload, objects, { audiences, wanted, nowMs });
}

function extraOf({ pod, node }: BoundClaims, payload: JWTPayload): UserInfo['extra'] {
  const extra: Record<string, readonly string[]> = {};
  if (payload.jti !== undefined) extra[credentialIdKey] = [`JTI=${payload.jti}`];
  if (pod !== undefined) {
    extra['authentication.kubernetes.io/pod-name'] = [pod.name];
    extra['authentication.kubernetes.io/pod-uid'] = [pod.uid];
  }
  if (node !== undefined) {
    extra['authentication.kubernetes.io/node-name'] = [node.name];
    if (node.uid !== '') extra['authentication.kubernetes.io/node-uid'] = [node.uid];
  }
  return extra;
}

function keysFor(token: string, byId: ReadonlyMap<string, TokenKey>, all: readonly TokenKey[]): readonly TokenKey[] {
  const id = unverifiedPart(token, 0)?.['kid'];
  const key = typeof id === 'string' ? byId.get(id) : undefined;
  return key === undefined ? all : [key];
}

async function verify(
  token: string,
  keys: readonly TokenKey[],
  expected: { issuer: string | string[]; audience?: string[]; requiredClaims?: string[]; currentDate: Date },
): Promise<JWTPayload | undefined> {
  const { jwtVerify } = await import('jose'); // only clusters that use tokens pay for loading it
  for (const { key, algorithm } of keys) {
    try {
      return (await jwtVerify(token, key, { ...expected, algorithms: [algorithm] })).payload;
    } catch {
      // another key may have signed it
    }
  }
  return undefined;
}
