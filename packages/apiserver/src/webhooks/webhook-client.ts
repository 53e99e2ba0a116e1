import { isIP } from 'node:net';
import type { EndpointSlice, Service } from '@flotilla/api';
import { type Clock, errorMessage, pick, type Random } from '@flotilla/base';
import { Agent, request } from 'undici';
import { webhookAnswerBytesMax, webhookClientsMax } from '../limits.js';
import type { CachedReader } from '../registry/registry.js';
import { connectionErrorText } from './connection-error.js';

/** Where a webhook listens: the clientConfig of webhook configurations and CustomResourceDefinitions. */
export interface WebhookTarget {
  readonly url?: string | undefined;
  readonly service?:
    | { readonly namespace: string; readonly name: string; readonly path?: string; readonly port?: number }
    | undefined;
  /** PEM in base64; absent: the authorities that this machine trusts. */
  readonly caBundle?: string | undefined;
}

/** What Services are resolved with. */
export interface ServiceReads {
  cached(resource: { readonly group: string; readonly plural: string }): CachedReader | Promise<CachedReader>;
}

/** Calls webhooks: JSON over HTTPS, connections kept for the next call. */
export class WebhookClient {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #agents = new Map<string, Agent>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * @returns the parsed answer
   * @throws Error with what Go's HTTP client would have said
   */
  async call(
    target: WebhookTarget,
    body: unknown,
    timeoutMs: number,
    reads: ServiceReads,
    signal: AbortSignal,
    answerBytesMax: number = webhookAnswerBytesMax,
  ): Promise<unknown> {
    const url = new URL(urlOf(target));
    url.searchParams.set('timeout', `${Math.ceil(timeoutMs / 1_000)}s`);
    const timeout = new AbortController();
    const cancelTimeout = this.#clock.after(timeoutMs, () => timeout.abort());
    let dialled = url.host;
    try {
      const address = target.service === undefined ? undefined : await this.#resolve(target.service, reads);
      dialled = address ?? dialled;
      const answer = await request(address === undefined ? url : new URL(`https://${address}${url.pathname}${url.search}`), {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, */*', host: url.host },
        body: JSON.stringify(body),
        dispatcher: this.#agent(target, url.hostname),
        signal: AbortSignal.any([signal, timeout.signal]),
      });
      return parsed(answer.statusCode, await textOf(answer.body, answerBytesMax));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof AnswerError) throw error;
      throw new Error(
        `Post ${JSON.stringify(url.href)}: ${timeout.signal.aborted ? 'context deadline exceeded' : connectionErrorText(error, dialled)}`,
      );
    } finally {
      cancelTimeout();
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
  }

  /** One of the ready endpoints: it works where no Service routing does. */
  async #resolve({ namespace, name, port = 443 }: NonNullable<WebhookTarget['service']>, reads: ServiceReads): Promise<string> {
    const service = (await reads.cached({ group: '', plural: 'services' })).get(namespace, name) as Service | undefined; // read as one
    if (service === undefined) throw new AnswerError(`service ${JSON.stringify(name)} not found`);
    if (service.spec?.type === 'ExternalName') return `${service.spec.externalName ?? ''}:${port}`;
    const wanted = service.spec?.ports?.find((candidate) => candidate.port === port);
    if (wanted === undefined) throw new AnswerError(`no service port ${port} found for service ${JSON.stringify(name)}`);
    const found: string[] = [];
    for (const object of (await reads.cached({ group: 'discovery.k8s.io', plural: 'endpointslices' })).list(namespace)) {
      const slice = object as EndpointSlice; // read as one
      if (slice.metadata.labels?.['kubernetes.io/service-name'] === name) found.push(...readyAddresses(slice, wanted.name ?? ''));
    }
    if (found.length === 0) throw new AnswerError(`no endpoints available for service ${JSON.stringify(name)}`);
    return pick(this.#random, found);
  }

  #agent({ caBundle = '' }: WebhookTarget, servername: string): Agent {
    const key = `${servername} ${caBundle}`;
    let agent = this.#agents.get(key);
    if (agent === undefined) {
      // Bundles change as certificates rotate: the oldest client is the one that nobody uses any more.
      const [oldest] = this.#agents;
      if (this.#agents.size >= webhookClientsMax && oldest !== undefined) {
        this.#agents.delete(oldest[0]);
        void oldest[1].close();
      }
      const ca = caBundle === '' ? {} : { ca: Buffer.from(caBundle, 'base64') };
      agent = new Agent({ connect: { ...(isIP(servername) === 0 ? { servername } : {}), ...ca }, pipelining: 1 });
      this.#agents.set(key, agent);
    }
    return agent;
  }
}

/** What Go says of an answer, not of a connection. */
class AnswerError extends Error {}

function urlOf({ url, service }: WebhookTarget): string {
  if (service === undefined) return url ?? '';
  const { namespace, name, port = 443, path = '' } = service;
  return `https://${name}.${namespace}.svc:${port}${path.startsWith('/') || path === '' ? path : `/${path}`}`;
}

function readyAddresses({ ports, endpoints }: EndpointSlice, portName: string): readonly string[] {
  const number = ports?.find((port) => (port.name ?? '') === portName)?.port;
  if (number === undefined) return [];
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
  return ready.flatMap(({ addresses }) =>
    addresses.map((address) => `${address.includes(':') ? `[${address}]` : address}:${number}`),
  );
}

async function textOf(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > bytesMax) throw new AnswerError(`the response is larger than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(code: number, text: string): unknown {
  if (code < 200 || code > 299) throw new AnswerError(statusText(code, text));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AnswerError(`couldn't get version/kind; json parse error: ${errorMessage(error)}`);
  }
}

function statusText(code: number, text: string): string {
  const known: Readonly<Record<number, string>> = {
    400: 'the server rejected our request for an unknown reason',
    401: 'the server has asked for the client to provide credentials',
    404: 'the server could not find the requested resource',
    405: 'the server does not allow this method on the requested resource',
    429: 'the server has received too many requests and has asked us to try again later',
    503: 'the server is currently unable to handle the request',
    504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
  };
  const message = known[code];
  if (message !== undefined) return message;
  if (code >= 500)
    return `an error on the server (${JSON.stringify(text.trim() || 'unknown')}) has prevented the request from succeeding`;
  return `the server responded with the status code ${code} but did not return more information`;
}
