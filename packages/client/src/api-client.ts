import type { KubernetesObject } from '@flotilla/api';
import type { Clock, Logger, Random } from '@flotilla/base';
import { ConnectionError } from './connection-error.js';
import type { ConnectionConfig } from './kubeconfig.js';
import { ResourceClient } from './resource-client.js';
import type { ResourceType } from './resource-type.js';
import { statusErrorOf } from './status.js';
import { type RawRequest, type RawResponse, Transport } from './transport.js';

export interface ApiClientOptions {
  readonly connection: ConnectionConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Shows in audit logs: `kubelet/0.1.0`. */
  readonly userAgent?: string;
}

/** The connection broke while the answer was coming. */
class BrokenAnswerError extends ConnectionError {}

/**
 * A connection to a cluster's API, over any of its servers.
 *
 *     const client = new ApiClient({ connection: await loadKubeconfig(path), clock, random, log });
 *     const pods = client.resource<Pod>(definitions.pods);
 *     const pod = await pods.get('web-1', { namespace: 'default' });
 */
export class ApiClient {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly defaultNamespace: string;

  constructor(options: ApiClientOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.log = options.log;
    this.defaultNamespace = options.connection.namespace ?? 'default';
    this.transport = new Transport(options);
  }

  resource<T extends KubernetesObject>(type: ResourceType<T>): ResourceClient<T> {
    return new ResourceClient<T>(this, type);
  }

  /**
   * One request, JSON in and out: for discovery and whatever has no typed verb.
   * @throws StatusError for answers of 400 and above, ConnectionError when there is no answer
   */
  async request<R>(request: RawRequest): Promise<R> {
    const text = await this.requestText(request);
    return (text === '' ? undefined : JSON.parse(text)) as R; // the caller names the answer's documented type
  }

  /** Plain text: `/readyz`, `/metrics`, logs. Throws as `request` does. */
  async requestText(request: RawRequest): Promise<string> {
    try {
      return await this.#text(await this.#answer(request), request);
    } catch (error) {
      // A read whose answer broke off in the middle is asked again, once: whoever sent it is passed over now.
      if (request.method !== 'GET' || !(error instanceof BrokenAnswerError)) throw error;
      return this.#text(await this.#answer(request), request);
    }
  }

  /** The answer's body as it comes: followed logs. Throws as `request` does. */
  stream(request: RawRequest): Promise<RawResponse> {
    return this.#answer({ ...request, streaming: true });
  }

  /** Closes every connection; requests under way fail. */
  close(): Promise<void> {
    return this.transport.close();
  }

  async #answer(request: RawRequest): Promise<RawResponse> {
    const response = await this.transport.request(request);
    if (response.code >= 400) throw statusErrorOf(response.code, await this.#text(response, request));
    return response;
  }

  async #text(response: RawResponse, request: RawRequest): Promise<string> {
    try {
      return await response.body.text();
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason;
      this.transport.failed(response.server);
      throw new BrokenAnswerError(response.server, true, error);
    }
  }
}
