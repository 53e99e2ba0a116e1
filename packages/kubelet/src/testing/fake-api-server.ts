import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  applyPatch,
  type Definition,
  definitions,
  fieldMatcher,
  type KubernetesObject,
  parseFieldSelector,
  patchTypes,
  StatusError,
  statusErrors,
} from '@flotilla/api';

interface Stored extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & { readonly name: string };
}

interface Watcher {
  readonly definition: Definition;
  readonly matches: (object: KubernetesObject) => boolean;
  readonly response: ServerResponse;
}

interface Target {
  readonly definition: Definition;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** An API server in one Map, without admission, validation or TLS: enough of the wire for a kubelet to be tested against. */
export class FakeApiServer {
  readonly #objects = new Map<string, Stored>();
  readonly #watchers = new Set<Watcher>();
  readonly #server: Server;
  #version = 100;
  /** Every state that an object has had, oldest first. */
  readonly history: KubernetesObject[] = [];
  /** Refuses every request with 503 while set, as when no store member answers. */
  unavailable = false;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => sendError(response, error));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Drops every connection, watches too. */
  dropConnections(): void {
    this.#watchers.clear();
    this.#server.closeAllConnections();
  }

  get<T extends KubernetesObject>(definition: Definition<T>, name: string, namespace?: string): T | undefined {
    return this.#objects.get(keyOf(definition, namespace, name)) as T | undefined; // the definition names the type
  }

  list<T extends KubernetesObject>(definition: Definition<T>): T[] {
    return [...this.#objects.entries()]
      .filter(([key]) => key.startsWith(`${definition.plural}/`))
      .map(([, object]) => object as unknown as T);
  }

  put(definition: Definition, object: KubernetesObject): Stored {
    const name = object.metadata.name ?? '';
    const key = keyOf(definition, object.metadata.namespace, name);
    const before = this.#objects.get(key);
    const metadata = {
      uid: `uid-${++this.#version}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...object.metadata,
      name,
      resourceVersion: String(++this.#version),
    };
    const stored: Stored = { ...object, apiVersion: apiVersion(definition), kind: definition.kind, metadata };
    this.#objects.set(key, stored);
    this.history.push(stored);
    this.#tell(before === undefined ? 'ADDED' : 'MODIFIED', definition, stored);
    return stored;
  }

  remove(definition: Definition, name: string, namespace?: string): void {
    const key = keyOf(definition, namespace, name);
    const object = this.#objects.get(key);
    if (object === undefined) return;
    this.#objects.delete(key);
    this.#tell('DELETED', definition, { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.unavailable) throw statusErrors.serviceUnavailable('no leader');
    const url = new URL(request.url ?? '/', 'http://api');
    if (url.pathname === '/apis/authorization.k8s.io/v1/subjectaccessreviews')
      return send(response, 201, review(await text(request)));
    const target = parsePath(url.pathname);
    if (target === undefined) throw statusErrors.notFound({ group: '', resource: 'path' }, url.pathname);
    if (url.searchParams.get('watch') === 'true') return this.#watch(target, url.searchParams, request, response);
    const raw = await text(request);
    const body = raw === '' ? undefined : (JSON.parse(raw) as KubernetesObject); // the client under test sends objects
    send(response, 200, this.#answer(request, target, url.searchParams, body));
  }

  #answer(request: IncomingMessage, target: Target, query: URLSearchParams, body: KubernetesObject | undefined): unknown {
    const { definition, namespace, name } = target;
    if (request.method === 'POST' && body !== undefined) {
      const wanted = body.metadata.name ?? '';
      if (this.#objects.has(keyOf(definition, namespace, wanted)))
        throw statusErrors.alreadyExists(resourceOf(definition), wanted);
      return this.put(definition, { ...body, metadata: { ...body.metadata, ...(namespace !== undefined && { namespace }) } });
    }
    if (name === undefined) return this.#list(definition, query);
    const current = this.#objects.get(keyOf(definition, namespace, name));
    if (current === undefined) throw statusErrors.notFound(resourceOf(definition), name);
    if (request.method === 'GET' || body === undefined) return current;
    if (request.method === 'DELETE')
      return this.#delete(definition, current, body as { gracePeriodSeconds?: number; preconditions?: { uid?: string } });
    if (request.method === 'PUT') return this.put(definition, body);
    const patched = applyPatch(definition, patchTypes.strategic, current, body) as unknown as Stored; // a patched object is one
    if (patched.metadata.uid !== current.metadata.uid)
      throw statusErrors.conflict(resourceOf(definition), name, 'the UID in the precondition does not match');
    return this.put(definition, patched);
  }

  #delete(
    definition: Definition,
    current: Stored,
    options: { gracePeriodSeconds?: number; preconditions?: { uid?: string } },
  ): unknown {
    const { name, namespace, uid } = current.metadata;
    if (options.preconditions?.uid !== undefined && options.preconditions.uid !== uid)
      throw statusErrors.conflict(resourceOf(definition), name, 'uid mismatch');
    this.remove(definition, name, namespace);
    return { kind: 'Status', apiVersion: 'v1', status: 'Success' };
  }

  #list(definition: Definition, query: URLSearchParams): unknown {
    const matches = matcher(definition, query);
    return {
      apiVersion: apiVersion(definition),
      kind: definition.listKind,
      metadata: { resourceVersion: String(this.#version) },
      items: this.list(definition).filter(matches),
    };
  }

  /** Ignores the upgrade and answers with lines of JSON, which clients fall back to. */
  #watch({ definition }: Target, query: URLSearchParams, request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const watcher = { definition, matches: matcher(definition, query), response };
    const since = Number(query.get('resourceVersion') ?? '0');
    for (const object of this.list(definition)) {
      if (watcher.matches(object) && Number(object.metadata.resourceVersion) > since)
        response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
    }
    this.#watchers.add(watcher);
    request.on('close', () => this.#watchers.delete(watcher));
  }

  #tell(type: string, definition: Definition, object: KubernetesObject): void {
    for (const watcher of this.#watchers) {
      if (watcher.definition === definition && watcher.matches(object))
        watcher.response.write(`${JSON.stringify({ type, object })}\n`);
    }
  }
}

/** Administrators may do everything, others nothing. */
function review(body: string): object {
  const { spec } = JSON.parse(body) as { spec: { groups?: readonly string[] } }; // the kubelet under test sends reviews
  return { spec, status: { allowed: spec.groups?.includes('system:masters') ?? false } };
}

function parsePath(path: string): Target | undefined {
  const match = /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
    path,
  );
  const definition = definitions.find(
    (one) => one.group === (match?.[1] ?? '') && one.version === match?.[2] && one.plural === match[4],
  );
  return definition === undefined ? undefined : { definition, namespace: match?.[3], name: match?.[5], subresource: match?.[6] };
}

function matcher(definition: Definition, query: URLSearchParams): (object: KubernetesObject) => boolean {
  return fieldMatcher(definition, parseFieldSelector(query.get('fieldSelector') ?? ''));
}

function keyOf(definition: Definition, namespace: string | undefined, name: string): string {
  return `${definition.plural}/${namespace ?? ''}/${name}`;
}

function resourceOf({ group, plural }: Definition): { group: string; resource: string } {
  return { group, resource: plural };
}

function apiVersion({ group, version }: Definition): string {
  return group === '' ? version : `${group}/${version}`;
}

function send(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sendError(response: ServerResponse, error: unknown): void {
  const status = error instanceof StatusError ? error : statusErrors.internalError(String(error));
  if (!response.headersSent) send(response, status.code, status.status);
}
