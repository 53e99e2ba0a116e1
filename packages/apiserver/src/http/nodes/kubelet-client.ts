import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { ConfigError } from '@flotilla/process';
import type { Agent, Dispatcher } from 'undici';
import { kubeletHeadersTimeoutMs } from '../../limits.js';
import type { Upgraded } from '../streams/join.js';

type TlsOptions = { readonly rejectUnauthorized: boolean; readonly cert?: Buffer; readonly key?: Buffer; readonly ca?: Buffer };

export interface KubeletTls {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Without it, kubelets' certificates are not verified. */
  readonly ca: string | undefined;
}

export interface KubeletRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Readable | undefined;
  readonly signal: AbortSignal;
}

/** HTTPS to kubelets, as the API server's own identity; and plain HTTP to what pods serve. Connections are kept alive. */
export class KubeletClient {
  readonly #options: Agent.Options;
  readonly #tls: TlsOptions;
  #agent: Promise<Agent> | undefined;

  /** @throws ConfigError when a file cannot be read */
  constructor(tls: KubeletTls) {
    this.#tls = {
      rejectUnauthorized: tls.ca !== undefined,
      ...(tls.cert === undefined ? {} : { cert: read(tls.cert) }),
      ...(tls.key === undefined ? {} : { key: read(tls.key) }),
      ...(tls.ca === undefined ? {} : { ca: read(tls.ca) }),
    };
    this.#options = {
      headersTimeout: kubeletHeadersTimeoutMs,
      bodyTimeout: 0, // a followed log may be silent for days
      connect: { timeout: kubeletHeadersTimeoutMs, ...this.#tls },
    };
  }

  async request(url: string, { method, headers, body, signal }: KubeletRequest): Promise<Dispatcher.ResponseData> {
    // Loaded when first needed: it is a fifth of the server's start-up time.
    this.#agent ??= import('undici').then(({ default: { Agent } }) => new Agent(this.#options));
    const { origin } = new URL(url);
    return (await this.#agent).request({
      origin,
      path: url.slice(origin.length) || '/',
      method: method as Dispatcher.HttpMethod, // undici sends any token
      headers: headers as Record<string, string | string[]>, // undici does not change them
      body: body ?? null,
      signal,
    });
  }

  /** A request to leave HTTP, on a connection of its own. @returns once the answer's headers are there, whatever they say */
  upgrade(url: string, { method, headers, signal }: Omit<KubeletRequest, 'body'>): Promise<IncomingMessage | Upgraded> {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const outgoing = send(url, { ...this.#tls, method, headers: headers as OutgoingHttpHeaders, signal, agent: false }); // node does not change them
    outgoing.setTimeout(kubeletHeadersTimeoutMs, () => outgoing.destroy(new Error('the answer does not come')));
    return new Promise((resolve, reject) => {
      outgoing.on('error', reject);
      outgoing.on('response', resolve);
      outgoing.on('upgrade', (response, socket, head) => {
        socket.setTimeout(0);
        resolve({ response, socket, head });
      });
      outgoing.end();
    });
  }

  async close(): Promise<void> {
    await (await this.#agent)?.destroy();
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ConfigError(`open ${path}: ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}`);
  }
}
