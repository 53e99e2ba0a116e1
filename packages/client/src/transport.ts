import type { Clock, Logger, Random } from '@flotilla/base';
import { randomInt, sleep } from '@flotilla/base';
import { Agent, type Dispatcher } from 'undici';
import { ConnectionError, mayHaveBeenSent } from './connection-error.js';
import type { ConnectionConfig } from './kubeconfig.js';
import { connectionsMax, connectTimeoutMs, keepAliveMs, responseTimeoutMs, retryAfterAttemptsMax } from './limits.js';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RawRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  /** Absolute path: `/api/v1/namespaces`. */
  readonly path: string;
  readonly query?: Query;
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** For answers without an end (logs, watches): no limit on the silence between two chunks. */
  readonly streaming?: boolean;
}

export interface RawResponse {
  readonly code: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Dispatcher.ResponseData['body'];
  readonly server: string;
}

export interface TransportOptions {
  readonly connection: ConnectionConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly userAgent?: string | undefined;
}

/**
 * HTTPS to whichever API server answers. Keeps connections alive; sticks to one server until it fails, then moves on.
 * Reads are tried on every server; a write only as long as no server can have seen it.
 */
export class Transport {
  readonly #options: TransportOptions;
  readonly #agent: Agent;
  /** For answers without an end, each of which keeps a connection for itself. */
  readonly #streams: Agent;
  #current: number;

  constructor(options: TransportOptions) {
    if (options.connection.servers.length === 0) throw new RangeError('Transport: at least one server is needed');
    this.#options = options;
    const settings = {
      connect: { ...this.tls(), timeout: connectTimeoutMs },
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: 2 * keepAliveMs,
      headersTimeout: responseTimeoutMs,
      bodyTimeout: responseTimeoutMs,
      pipelining: 1,
    };
    this.#agent = new Agent({ ...settings, connections: connectionsMax });
    this.#streams = new Agent(settings);
    this.#current = randomInt(options.random, 0, options.connection.servers.length);
  }

  /** What a TLS client socket needs to trust the servers and to be known to them. */
  tls(): { ca?: string; cert?: string; key?: string; servername?: string; rejectUnauthorized?: boolean } {
    const { ca, cert, key, serverName, insecureSkipTlsVerify } = this.#options.connection;
    return {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(serverName !== undefined && { servername: serverName }),
      ...(insecureSkipTlsVerify === true && { rejectUnauthorized: false }),
    };
  }

  /** Headers of every request: who we are. */
  identity(): Record<string, string> {
    const { token, username, password } = this.#options.connection;
    const headers: Record<string, string> = { 'user-agent': this.#options.userAgent ?? 'flotilla' };
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    else if (username !== undefined) {
      headers['authorization'] = `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
    }
    return headers;
  }

  get server(): string {
    const { servers } = this.#options.connection;
    return servers[this.#current % servers.length] ?? '';
  }

  /** Moves on to the next server, unless another request already did. */
  failed(server: string): void {
    if (server === this.server) this.#current = (this.#current + 1) % this.#options.connection.servers.length;
  }

  /**
   * @returns any answer, errors of the server too
   * @throws ConnectionError when none came; the signal's reason when it aborts
   */
  async request(request: RawRequest): Promise<RawResponse> {
    for (let refusals = 1; ; refusals++) {
      const response = await this.#anyServer(request);
      const delayMs = retryDelayMs(request, response);
      if (delayMs === undefined || refusals >= retryAfterAttemptsMax) return response;
      await response.body.dump();
      await sleep(this.#options.clock, delayMs, request.signal);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#agent.destroy(), this.#streams.destroy()]);
  }

  async #anyServer(request: RawRequest): Promise<RawResponse> {
    const readOnly = request.method === 'GET' || request.method === 'HEAD';
    // One attempt more than there are servers: with a balancer in front, the second connection reaches another one.
    let attemptsLeft = this.#options.connection.servers.length + 1;
    for (;;) {
      const { server } = this;
      try {
        return await this.#send(server, request);
      } catch (error) {
        if (request.signal?.aborted) throw request.signal.reason;
        const failure = new ConnectionError(server, mayHaveBeenSent(error), error);
        this.failed(server);
        attemptsLeft--;
        if (attemptsLeft === 0 || (failure.sent && !readOnly)) throw failure;
        this.#options.log.debug({ server, error: failure.message, method: request.method, path: request.path }, 'trying again');
      }
    }
  }

  async #send(server: string, request: RawRequest): Promise<RawResponse> {
    const { method, body, signal } = request;
    const hasBody = body !== undefined;
    const agent = request.streaming === true ? this.#streams : this.#agent;
    const response = await agent.request({
      origin: server,
      path: `${request.path}${queryText(request.query)}`,
      method,
      headers: {
        accept: 'application/json',
        ...this.identity(),
        ...(hasBody && { 'content-type': request.contentType ?? 'application/json' }),
        ...request.headers,
      },
      body: hasBody ? (typeof body === 'string' ? body : JSON.stringify(body)) : null,
      ...(signal !== undefined && { signal }),
      ...(request.streaming === true && { bodyTimeout: 0 }),
    });
    return { code: response.statusCode, headers: response.headers, body: response.body, server };
  }
}

/** `?labelSelector=app%3Dweb&watch=1`, or '' for nothing. */
export function queryText(query: Query | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

/** 429 is a promise that nothing was done; a 503 is one only for reads. */
function retryDelayMs(request: RawRequest, response: RawResponse): number | undefined {
  const header = response.headers['retry-after'];
  const seconds = typeof header === 'string' ? Number(header) : Number.NaN;
  if (!Number.isFinite(seconds)) return undefined;
  if (response.code === 429 || (response.code === 503 && request.method === 'GET')) return Math.max(0, seconds) * 1_000;
  return undefined;
}
