import type { Pod } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import type { ApiClient } from '@flotilla/client';

interface Token {
  readonly text: string;
  readonly renewAtMs: number;
}

const expirationSecondsDefault = 3_600;
/** A token is renewed when this much of its life is over, as in Kubernetes. */
const renewAfterFraction = 0.8;

/** Tokens bound to pods, from the TokenRequest API; each is used until most of its life is over. */
export class TokenCache {
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, Token>();

  constructor(client: ApiClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @throws StatusError, ConnectionError */
  async get(pod: Pod, audience: string | undefined, expirationSeconds = expirationSecondsDefault): Promise<string> {
    const nowMs = this.#clock.wallMs();
    for (const [key, { renewAtMs }] of this.#tokens) if (renewAtMs < nowMs) this.#tokens.delete(key);
    const key = JSON.stringify([pod.metadata.uid, audience, expirationSeconds]);
    const known = this.#tokens.get(key);
    if (known !== undefined) return known.text;
    const text = await this.#request(pod, audience, expirationSeconds);
    this.#tokens.set(key, { text, renewAtMs: nowMs + expirationSeconds * 1_000 * renewAfterFraction });
    return text;
  }

  async #request(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<string> {
    const { namespace = '', name = '', uid = '' } = pod.metadata;
    const account = pod.spec.serviceAccountName ?? 'default';
    const answer = await this.#client.request<{ status: { token: string } }>({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          audiences: audience === undefined ? [] : [audience],
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
    });
    return answer.status.token;
  }
}
