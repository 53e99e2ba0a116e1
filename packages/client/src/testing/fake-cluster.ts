import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  apiVersionOf,
  applyPatch,
  type Definition,
  definitions,
  fieldMatcher,
  type KubernetesObject,
  matchesRequirements,
  type PatchType,
  type Persisted,
  parseFieldSelector,
  parseLabelSelector,
  StatusError,
  statusErrors,
} from '@flotilla/api';
import { silentLogger } from '@flotilla/base';
import { type WebSocket, WebSocketServer } from 'ws';
import { ApiClient } from '../api-client.js';
import { FakeStorage } from './fake-storage.js';
import { testClock, testRandom } from './test-clock.js';

/** What becomes of a request; 'drop' breaks the connection before it is carried out, 'lose' after, 'cut' amid the answer. */
export type Fault = 'drop' | 'lose' | 'cut' | { readonly code: number; readonly reason: string } | undefined;

interface Target {
  readonly definition: Definition;
  readonly namespace: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  readonly query: URLSearchParams;
}

/**
 * An API server in a test's own process, over real HTTP and WebSocket: for tests of what talks to one. No authentication,
 * no admission; objects are defaulted and validated as the real one does it.
 */
export class FakeCluster {
  readonly storage = new FakeStorage();
  /** What it serves; a test may add resources of its own, and take them away. */
  readonly definitions = new Set<Definition>(definitions);
  readonly requests: string[] = [];
  /** Called with `POST /api/v1/…` for every request. */
  fault: (request: string) => Fault = () => undefined;
  /** Answers watches with lines of JSON, as a server would that knows no WebSocket. */
  plainWatches = false;
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #connections = new Set<Duplex>();
  readonly #clients: ApiClient[] = [];

  static async start(): Promise<FakeCluster> {
    const cluster = new FakeCluster();
    cluster.#server.on('connection', (socket) => {
      cluster.#connections.add(socket);
      socket.on('close', () => cluster.#connections.delete(socket));
    });
    cluster.#server.on('upgrade', (request, socket, head) => cluster.#upgrade(request, socket, head));
    await new Promise<void>((resolve) => cluster.#server.listen(0, '127.0.0.1', resolve));
    return cluster;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // a TCP server has no other kind
  }

  /** A client that `stop` closes. */
  client(servers: readonly string[] = [this.url]): ApiClient {
    const client = new ApiClient({ connection: { servers }, clock: testClock, random: testRandom, log: silentLogger });
    this.#clients.push(client);
    return client;
  }

  /** Breaks every connection, as the death of the server would; it goes on listening. */
  breakConnections(): void {
    for (const socket of this.#connections) socket.destroy();
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) await client.close();
    this.breakConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${request.method} ${request.url}`;
    this.requests.push(line);
    const fault = this.fault(line);
    if (fault === 'drop') return void request.socket.destroy();
    try {
      const body = await bodyOf(request);
      if (typeof fault === 'object') throw new StatusError(fault.code, fault.reason, 'injected');
      const discovered = this.#discoveryOf(request.url ?? '');
      if (discovered !== undefined) return respond(response, 200, discovered);
      const target = this.#targetOf(request.url ?? '');
      if (target.query.get('watch') === 'true') return this.#watch(target, (text) => response.write(`${text}\n`), response);
      const answer = this.#carryOut(request.method ?? '', target, body, request.headers['content-type'] ?? '');
      if (fault === 'cut') {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{', () => request.socket.destroy());
        return;
      }
      if (fault === 'lose') return void request.socket.destroy();
      respond(response, 200, answer);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      respond(response, error.code, error.status);
    }
  }

  #carryOut(method: string, target: Target, body: unknown, contentType: string): unknown {
    const { definition, namespace, name, subresource } = target;
    const { storage } = this;
    if (method === 'GET') return name === undefined ? this.#list(target) : storage.get(definition, namespace, name);
    if (method === 'POST') return storage.create(definition, namespace, body);
    if (method === 'DELETE' && name === undefined) {
      const all = this.#selected(target);
      for (const { metadata } of all) storage.delete(definition, metadata.namespace ?? '', metadata.name, body as object); // DeleteOptions
      return { kind: 'Status', apiVersion: 'v1', status: 'Success' };
    }
    if (name === undefined) throw statusErrors.notFoundPath();
    if (method === 'DELETE') return storage.delete(definition, namespace, name, body as object); // DeleteOptions
    const old = storage.get(definition, namespace, name);
    if (subresource === 'finalize') return storage.delete(definition, namespace, name, {});
    const next = method === 'PATCH' ? applyPatch(definition, contentType as PatchType, old, body) : body; // a bad type is refused by it
    return storage.update(definition, namespace, name, next, subresource === 'status');
  }

  #selected({ definition, namespace, query }: Target): readonly Persisted[] {
    const matches = selectionOf(definition, query);
    return this.storage.list(definition, namespace).filter(matches);
  }

  #list(target: Target): unknown {
    const { group, version, kind } = target.definition;
    return {
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind: `${kind}List`,
      metadata: { resourceVersion: String(this.storage.revision) },
      // Items of a list do not name their kind.
      items: this.#selected(target).map(({ apiVersion, kind: _kind, ...item }) => item),
    };
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const line = `WATCH ${request.url}`;
    this.requests.push(line);
    const fault = this.fault(line);
    if (fault === 'drop') return void socket.destroy();
    if (typeof fault === 'object' || this.plainWatches) {
      this.#refuseUpgrade(request, socket, fault);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#watch(this.#targetOf(request.url ?? ''), (text) => webSocket.send(text), webSocket);
    });
  }

  #refuseUpgrade(request: IncomingMessage, socket: Duplex, fault: Fault): void {
    if (typeof fault === 'object') {
      const body = JSON.stringify(new StatusError(fault.code, fault.reason, 'injected').status);
      socket.end(`HTTP/1.1 ${fault.code} Refused\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      return;
    }
    socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n');
    this.#watch(this.#targetOf(request.url ?? ''), (text) => void socket.write(`${text}\n`), socket);
  }

  #watch(target: Target, send: (text: string) => void, connection: WebSocket | ServerResponse | Duplex): void {
    const { definition, namespace, query } = target;
    const matches = selectionOf(definition, query);
    const tell = (event: ReturnType<FakeStorage['eventsAfter']>[number]) => {
      const { object } = event;
      if (event.definition.storagePath !== definition.storagePath || !matches(object)) return;
      if (namespace === '' || object.metadata.namespace === namespace) send(JSON.stringify({ type: event.type, object }));
    };
    try {
      for (const event of this.storage.eventsAfter(Number(query.get('resourceVersion') ?? 0))) tell(event);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      send(JSON.stringify({ type: 'ERROR', object: error.status }));
      if ('end' in connection) connection.end();
      else connection.close();
      return;
    }
    const stop = this.storage.listen(tell);
    connection.on('close', stop);
  }

  /** The documents `/api`, `/apis`, and those of a group's version, such as `/api/v1` and `/apis/apps/v1`. */
  #discoveryOf(url: string): unknown {
    const all = [...this.definitions];
    if (url === '/api') return { kind: 'APIVersions', versions: ['v1'] };
    if (url === '/apis') {
      const groups = [...new Set(all.map(({ group }) => group))].filter((group) => group !== '');
      const versionsOf = (group: string) => [...new Set(all.filter((one) => one.group === group).map(({ version }) => version))];
      const described = groups.map((name) => ({ name, versions: versionsOf(name).map((version) => ({ version })) }));
      return { apiVersion: 'v1', kind: 'APIGroupList', groups: described };
    }
    const groupVersion = /^\/(?:api|apis)\/([^/?]+(?:\/[^/?]+)?)$/.exec(url)?.[1];
    if (groupVersion === undefined) return undefined;
    const served = all.filter((definition) => apiVersionOf(definition) === groupVersion);
    if (served.length === 0) return undefined;
    const resources = served.map(({ plural, kind, namespaced, verbs }) => ({ name: plural, kind, namespaced, verbs }));
    return { apiVersion: 'v1', kind: 'APIResourceList', groupVersion, resources };
  }

  #targetOf(url: string): Target {
    const { pathname, searchParams: query } = new URL(url, 'http://fake');
    const match =
      /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+)(?=\/[a-z]+(?:\/|$)))?\/([a-z]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
        pathname,
      );
    const [, group = '', version, namespace = '', plural, name, subresource] = match ?? [];
    // `/namespaces/x/finalize` reads like a resource `finalize` in the namespace x.
    const ofNamespace = plural === 'finalize' || plural === 'status';
    const resource = ofNamespace ? 'namespaces' : plural;
    const definition = [...this.definitions].find(
      (one) => one.group === group && one.version === version && one.plural === resource,
    );
    if (definition === undefined) throw statusErrors.notFoundPath();
    if (ofNamespace) return { definition, namespace: '', name: namespace, subresource: plural, query };
    return { definition, namespace, name: name === undefined ? undefined : decodeURIComponent(name), subresource, query };
  }
}

function selectionOf(definition: Definition, query: URLSearchParams): (object: Persisted) => boolean {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = fieldMatcher<KubernetesObject>(definition, parseFieldSelector(query.get('fieldSelector') ?? ''));
  return (object) => matchesRequirements(labels, object.metadata.labels ?? {}) && fields(object);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text === '' ? undefined : JSON.parse(text);
}

function respond(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
