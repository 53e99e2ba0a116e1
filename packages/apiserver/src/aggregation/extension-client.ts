import type { IncomingMessage } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import type { Readable } from 'node:stream';
import type { APIService } from '@flotilla/api';
import { isUpgraded, type Upgraded } from '../http/streams/join.js';
import { extensionDocumentBytesMax, extensionTimeoutMs } from '../limits.js';
import type { Endpoint } from '../services/ready-endpoints.js';

/** By which extension API servers know that it is we who tell them of users: `--proxy-client-cert-file` and its key, as they are now. */
export interface ProxyClient {
  current(): { readonly cert: Buffer; readonly key: Buffer };
}

export type Headers = Record<string, string | string[]>;

export interface ExtensionRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body?: Readable | undefined;
  readonly signal: AbortSignal;
}

export interface ExtensionDocument {
  readonly text: string;
  readonly etag: string | undefined;
}

/** HTTPS to the extension API server of one APIService. Connections are kept alive. */
export class ExtensionClient {
  readonly #agent: Agent;
  readonly #options: RequestOptions;
  readonly #proxyClient: ProxyClient | undefined;

  constructor({ spec }: APIService, proxyClient: ProxyClient | undefined) {
    const { service, caBundle, insecureSkipTLSVerify = false } = spec;
    this.#agent = new Agent({ keepAlive: true });
    this.#options = {
      agent: this.#agent,
      servername: `${service?.name ?? ''}.${service?.namespace ?? ''}.svc`,
      rejectUnauthorized: !insecureSkipTLSVerify,
      ...(caBundle === undefined || caBundle === '' ? {} : { ca: Buffer.from(caBundle, 'base64') }),
    };
    this.#proxyClient = proxyClient;
  }

  /** @returns once the headers of the answer are there */
  send({ address, port }: Endpoint, wanted: ExtensionRequest): Promise<IncomingMessage | Upgraded> {
    const { method, path, headers, body, signal } = wanted;
    return new Promise((resolve, reject) => {
      // Connections are shared by those who come with the same certificate: another one makes new ones.
      const identity = this.#proxyClient?.current();
      const outgoing = request({ ...this.#options, ...identity, host: address, port, method, path, headers, signal });
      outgoing.on('error', reject);
      outgoing.on('response', resolve);
      outgoing.on('upgrade', (response, socket, head) => resolve({ response, socket, head }));
      if (body === undefined) outgoing.end();
      else body.on('error', (error) => outgoing.destroy(error)).pipe(outgoing);
    });
  }

  /**
   * A document of the server's own, asked for by the API server itself.
   * @param known the entity tag of the one that is there already
   * @returns undefined when it is still that one
   * @throws when there is none, or it takes too long
   */
  async fetch(endpoint: Endpoint, path: string, known?: string): Promise<ExtensionDocument | undefined> {
    const signal = AbortSignal.timeout(extensionTimeoutMs);
    const condition = known === undefined ? {} : { 'if-none-match': known };
    const headers = {
      accept: 'application/json',
      'x-remote-user': 'system:kube-aggregator',
      'x-remote-group': 'system:masters',
      ...condition,
    };
    const url = `https://${endpoint.address}:${endpoint.port}${path}`;
    let answer: IncomingMessage | Upgraded;
    try {
      answer = await this.send(endpoint, { method: 'GET', path, headers, signal });
    } catch (error) {
      throw new Error(`failing or missing response from ${url}: Get ${JSON.stringify(url)}: ${String(error)}`, { cause: error });
    }
    if (isUpgraded(answer)) throw new Error(`bad status from ${url}: 101`);
    const { statusCode = 0 } = answer;
    const text = await readText(answer);
    if (statusCode === 304 && known !== undefined) return undefined;
    if (statusCode < 200 || statusCode > 299) {
      throw new Error(`failing or missing response from ${url}: bad status from ${url}: ${statusCode}`);
    }
    return { text, etag: answer.headers.etag };
  }

  /** @throws when there is none, it takes too long, or is not JSON */
  async fetchJson(endpoint: Endpoint, path: string): Promise<unknown> {
    return JSON.parse((await this.fetch(endpoint, path))?.text ?? '');
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > extensionDocumentBytesMax) throw new Error(`the answer is larger than ${extensionDocumentBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
