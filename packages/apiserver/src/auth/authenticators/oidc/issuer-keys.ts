import { isRecord } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import type { FetchImplementation, JWTVerifyGetKey } from 'jose';
import { Agent, fetch } from 'undici';
import { oidcDiscoveryRetryMs, oidcRequestTimeoutMs } from '../../../limits.js';

export interface IssuerOptions {
  readonly url: string;
  /** Where the discovery document is, when it is not below `url`. */
  readonly discoveryUrl: string | undefined;
  /** PEM; absent: those that the operating system trusts. */
  readonly authority: string | undefined;
  readonly clock: Clock;
}

/** The keys of an OpenID provider, found by its discovery document and fetched again when a token names a new one. */
export class IssuerKeys {
  readonly #options: IssuerOptions;
  readonly #agent: Agent;
  #found: Promise<JWTVerifyGetKey> | undefined;
  #retryAtMs = 0;

  constructor(options: IssuerOptions) {
    this.#options = options;
    const timeouts = { headersTimeout: oidcRequestTimeoutMs, bodyTimeout: oidcRequestTimeoutMs };
    this.#agent = new Agent({ ...timeouts, ...(options.authority === undefined ? {} : { connect: { ca: options.authority } }) });
  }

  /** @throws Error while the provider cannot be asked; it is tried again after a while */
  keys(): Promise<JWTVerifyGetKey> {
    const now = this.#options.clock.monotonicMs();
    if (this.#found === undefined || (this.#retryAtMs > 0 && this.#retryAtMs <= now)) {
      this.#retryAtMs = 0;
      this.#found = this.#discover();
      this.#found.catch(() => {
        this.#retryAtMs = this.#options.clock.monotonicMs() + oidcDiscoveryRetryMs;
      });
    }
    return this.#found;
  }

  async #discover(): Promise<JWTVerifyGetKey> {
    const { url, discoveryUrl } = this.#options;
    const document = await this.#json(discoveryUrl ?? `${url.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (document['issuer'] !== url)
      throw new Error(`oidc: issuer did not match: want ${url}, found ${String(document['issuer'])}`);
    const keysUrl = document['jwks_uri'];
    if (typeof keysUrl !== 'string' || !keysUrl.startsWith('https://')) throw new Error('oidc: no jwks_uri with https');
    const { createRemoteJWKSet, customFetch } = await import('jose'); // only clusters that use tokens pay for loading it
    const throughAgent: FetchImplementation = (address, { headers, signal }) =>
      this.#fetch(address, { headers, signal }) as unknown as Promise<Response>; // undici's Response is the standard one
    return createRemoteJWKSet(new URL(keysUrl), { timeoutDuration: oidcRequestTimeoutMs, [customFetch]: throughAgent });
  }

  async #json(address: string): Promise<Record<string, unknown>> {
    const response = await this.#fetch(address, { signal: AbortSignal.timeout(oidcRequestTimeoutMs) });
    if (!response.ok) throw new Error(`oidc: ${address}: ${response.status}`);
    const value = await response.json();
    if (!isRecord(value)) throw new Error(`oidc: ${address}: not an object`);
    return value;
  }

  #fetch(address: string, init: { readonly headers?: Headers; readonly signal: AbortSignal }) {
    const headers = Object.fromEntries(init.headers ?? []);
    return fetch(address, { headers, signal: init.signal, dispatcher: this.#agent, redirect: 'manual' });
  }
}
