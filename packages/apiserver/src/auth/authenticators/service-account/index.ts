import type { JWTPayload } from 'jose';
import type { TokenKey } from '../../service-account-keys.js';
import { authenticatedGroup, serviceAccountsGroup, serviceAccountUserPrefix, type UserInfo } from '../../user-info.js';
import type { TokenAuthenticator } from '../authenticator.js';
import { type BoundClaims, type BoundObjects, boundObjectsLive, readClaims } from './claims.js';

export interface ServiceAccountOptions {
  readonly keys: readonly TokenKey[];
  readonly issuers: readonly string[];
  /** Whom tokens have to address to be taken by this API server. */
  readonly audiences: readonly string[];
  readonly objects: BoundObjects;
}

/** Tokens of service accounts, as TokenRequest makes them: signed JWTs that are bound to objects and expire. */
export function serviceAccountAuthenticator(options: ServiceAccountOptions): TokenAuthenticator {
  const byId = new Map(options.keys.map((key) => [key.id, key]));
  return {
    name: 'service-account',
    async authenticateToken(token, wanted) {
      if (!looksOurs(token, options.issuers)) return undefined;
      const audiences = wanted.length === 0 ? options.audiences : wanted;
      const payload = await verify(token, keysFor(token, byId, options.keys), options.issuers, audiences);
      const claims = payload === undefined ? undefined : readClaims(payload);
      if (payload === undefined || claims === undefined) return undefined;
      if (payload.sub !== `${serviceAccountUserPrefix}${claims.namespace}:${claims.serviceAccount.name}`) return undefined;
      if (!(await boundObjectsLive(claims, options.objects))) return undefined;
      const addressed = typeof payload.aud === 'string' ? [payload.aud] : (payload.aud ?? []);
      return { user: userOf(claims, payload), audiences: audiences.filter((audience) => addressed.includes(audience)) };
    },
  };
}

function userOf({ namespace, serviceAccount, pod, node }: BoundClaims, payload: JWTPayload): UserInfo {
  const extra: Record<string, readonly string[]> = {};
  if (payload.jti !== undefined) extra['authentication.kubernetes.io/credential-id'] = [`JTI=${payload.jti}`];
  if (pod !== undefined) {
    extra['authentication.kubernetes.io/pod-name'] = [pod.name];
    extra['authentication.kubernetes.io/pod-uid'] = [pod.uid];
  }
  if (node !== undefined) {
    extra['authentication.kubernetes.io/node-name'] = [node.name];
    extra['authentication.kubernetes.io/node-uid'] = [node.uid];
  }
  return {
    username: `${serviceAccountUserPrefix}${namespace}:${serviceAccount.name}`,
    uid: serviceAccount.uid,
    groups: [serviceAccountsGroup, `${serviceAccountsGroup}:${namespace}`, authenticatedGroup],
    extra,
  };
}

/** Read without trust, only to leave other issuers' tokens to other authenticators. */
function looksOurs(token: string, issuers: readonly string[]): boolean {
  const payload = readPart(token, 1);
  return typeof payload?.['iss'] === 'string' && issuers.includes(payload['iss']);
}

function keysFor(token: string, byId: ReadonlyMap<string, TokenKey>, all: readonly TokenKey[]): readonly TokenKey[] {
  const id = readPart(token, 0)?.['kid'];
  const key = typeof id === 'string' ? byId.get(id) : undefined;
  return key === undefined ? all : [key];
}

function readPart(token: string, index: 0 | 1): Record<string, unknown> | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    return JSON.parse(Buffer.from(parts[index] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>; // read member by member
  } catch {
    return undefined;
  }
}

async function verify(
  token: string,
  keys: readonly TokenKey[],
  issuers: readonly string[],
  audiences: readonly string[],
): Promise<JWTPayload | undefined> {
  const { jwtVerify } = await import('jose'); // only clusters that use tokens pay for loading it
  for (const { key, algorithm } of keys) {
    try {
      const { payload } = await jwtVerify(token, key, {
        issuer: [...issuers],
        audience: [...audiences],
        algorithms: [algorithm],
        requiredClaims: ['exp', 'sub'],
      });
      return payload;
    } catch {
      // another key may have signed it
    }
  }
  return undefined;
}
