import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type Clock, errorMessage } from '@flotilla/base';
import type { ApiClient } from '@flotilla/client';
import { accessCacheEntriesMax, allowedTtlMs, deniedTtlMs, tokenTtlMs } from '../../limits.js';
import { HttpError } from '../http-error.js';
import { accessOf } from './attributes.js';
import { ExpiringCache } from './expiring-cache.js';

interface User {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

interface TokenReview {
  readonly status?: { readonly authenticated?: boolean; readonly user?: User };
}

interface SubjectAccessReview {
  readonly status?: { readonly allowed?: boolean };
}

/** Who may use the kubelet's server: the API server knows, and is asked with the kubelet's own identity. */
export class Access {
  readonly #client: Pick<ApiClient, 'request'>;
  readonly #nodeName: string;
  readonly #tokens: ExpiringCache<User>;
  readonly #decisions: ExpiringCache<boolean>;

  constructor(client: Pick<ApiClient, 'request'>, nodeName: string, clock: Clock) {
    this.#client = client;
    this.#nodeName = nodeName;
    this.#tokens = new ExpiringCache(clock, accessCacheEntriesMax);
    this.#decisions = new ExpiringCache(clock, accessCacheEntriesMax);
  }

  /** @throws HttpError 401 or 403; 500 when the API server cannot be asked */
  async check(request: IncomingMessage, path: string): Promise<void> {
    const user = await this.#authenticate(request);
    if (user === undefined) throw new HttpError(401, 'Unauthorized');
    const { verb, subresources } = accessOf(request.method ?? '', path);
    for (const subresource of subresources) if (await this.#allows(user, verb, subresource)) return;
    const asked = `user=${user.username ?? ''}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}]`;
    throw new HttpError(403, `Forbidden (${asked})`);
  }

  /** @returns undefined for who shows no credential, or none that is good */
  async #authenticate(request: IncomingMessage): Promise<User | undefined> {
    const socket = request.socket as TLSSocket; // an HTTPS server's sockets are TLS sockets
    if (socket.authorized) {
      const { CN: name, O: organizations = [] } = socket.getPeerCertificate().subject;
      return { username: String(name), groups: [organizations].flat().concat('system:authenticated') };
    }
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    return token === undefined ? undefined : (this.#tokens.get(token) ?? this.#review(token));
  }

  async #review(token: string): Promise<User | undefined> {
    const review = await this.#ask<TokenReview>('authentication.k8s.io', 'TokenReview', { token });
    const { authenticated = false, user } = review.status ?? {};
    if (!authenticated || user === undefined) return undefined;
    this.#tokens.set(token, user, tokenTtlMs);
    return user;
  }

  async #allows(user: User, verb: string, subresource: string): Promise<boolean> {
    const resourceAttributes = { verb, version: 'v1', resource: 'nodes', subresource, name: this.#nodeName };
    const { username, uid, groups, extra } = user;
    const spec = { user: username, uid, groups, extra, resourceAttributes };
    const key = JSON.stringify(spec);
    const known = this.#decisions.get(key);
    if (known !== undefined) return known;
    const review = await this.#ask<SubjectAccessReview>('authorization.k8s.io', 'SubjectAccessReview', spec);
    const allowed = review.status?.allowed ?? false;
    this.#decisions.set(key, allowed, allowed ? allowedTtlMs : deniedTtlMs);
    return allowed;
  }

  async #ask<T>(group: string, kind: string, spec: object): Promise<T> {
    const path = `/apis/${group}/v1/${kind.toLowerCase()}s`;
    try {
      return await this.#client.request<T>({ method: 'POST', path, body: { apiVersion: `${group}/v1`, kind, spec } });
    } catch (error) {
      throw new HttpError(500, `Authorization error (${kind}): ${errorMessage(error)}`);
    }
  }
}
