import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestServer } from '../testing/api-servers.js';
import type { Loose } from '../testing/registries.js';
import { sampleNames, sampleObjects, sampleReviews } from '../testing/sample-objects.js';

/**
 * Every endpoint that the OpenAPI documents name, walked in the order of an object's life: what they promise is served, and what
 * they do not name is refused as Kubernetes refuses it.
 */

const namespace = 'walk';

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly action: string;
}

/** One resource of one version, with all its paths. */
interface Walk {
  readonly apiVersion: string;
  /** `group/plural` */
  readonly id: string;
  readonly namespaced: boolean;
  readonly operations: readonly Operation[];
}

const server = await TestServer.start();
after(() => server.close());

/** Paths of the deprecated watches, and of documents that belong to no resource. */
const watches: string[] = [];
const reads: string[] = [];
const walks = await readWalks();

async function readWalks(): Promise<readonly Walk[]> {
  const byResource = new Map<string, { apiVersion: string; id: string; operations: Operation[] }>();
  const { paths } = (await server.call('/openapi/v3')).json;
  for (const { serverRelativeURL } of Object.values<Loose>(paths)) {
    const document = (await server.call(serverRelativeURL)).json;
    for (const [path, item] of Object.entries<Loose>(document.paths ?? {})) {
      if (!Object.values<Loose>(item).some((operation) => 'x-kubernetes-action' in operation)) reads.push(path);
      if (path.includes('/watch/')) {
        watches.push(path);
        continue;
      }
      const parts = /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/\{namespace\})?\/([^/{]+)(?:\/|$)/.exec(path);
      if (parts === null) continue;
      const [, group = '', version = '', plural = ''] = parts;
      const apiVersion = group === '' ? version : `${group}/${version}`;
      const walk = byResource.get(`${apiVersion}/${plural}`) ?? { apiVersion, id: `${group}/${plural}`, operations: [] };
      byResource.set(`${apiVersion}/${plural}`, walk);
      for (const [method, operation] of Object.entries<Loose>(item)) {
        const action = operation['x-kubernetes-action'];
        if (action !== undefined) walk.operations.push({ path, method: method.toUpperCase(), action });
      }
    }
  }
  return [...byResource.values()].map((walk) => ({
    ...walk,
    namespaced: walk.operations.some(({ path }) => path.includes('{namespace}')),
  }));
}

/** Collections before objects, objects before subresources, and what ends a life last. */
function inLifeOrder(operations: readonly Operation[]): readonly Operation[] {
  const order = ['post', 'list', 'get', 'put', 'patch', 'connect', 'delete', 'deletecollection'];
  const rank = ({ path, action }: Operation) => {
    const subresource = /\{name\}\/./.test(path);
    if (action === 'delete' && subresource) return 5;
    return order.indexOf(action) + (subresource ? 2 : 0) - (action === 'delete' || action === 'deletecollection' ? -10 : 0);
  };
  return [...operations].sort((a, b) => rank(a) - rank(b));
}

const merge = { 'content-type': 'application/merge-patch+json' };

/** Bodies of subresources that take another kind than their object's. */
const subresourceBodies: Readonly<Record<string, Loose>> = {
  binding: { apiVersion: 'v1', kind: 'Binding', target: { kind: 'Node', name: 'walked' } },
  eviction: { apiVersion: 'policy/v1', kind: 'Eviction' },
  token: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
};

describe('every endpoint of the OpenAPI documents', () => {
  before(async () => {
    await server.call('/api/v1/namespaces', { method: 'POST', body: { metadata: { name: namespace } } });
    const account = { metadata: { name: 'default' } };
    await server.call(`/api/v1/namespaces/${namespace}/serviceaccounts`, { method: 'POST', body: account });
    const pod = { metadata: { name: 'to-bind' }, ...sampleObjects['/pods'] };
    await server.call(`/api/v1/namespaces/${namespace}/pods`, { method: 'POST', body: pod });
  });

  test('there are as many as Kubernetes has of these kinds', () => {
    const count = walks.reduce((sum, { operations }) => sum + operations.length, 0);
    assert.ok(count > 500, `${count} operations`);
  });

  test('documents that belong to no resource', async () => {
    assert.ok(reads.length > 35, `${reads.length} paths`);
    for (const path of reads) assert.equal((await server.call(path)).code, 200, path);
  });

  test('watches of old, beside each other', async () => {
    assert.ok(watches.length > 120, `${watches.length} paths`);
    const call = async (path: string) => {
      const url = path.replace('{namespace}', namespace).replace('{name}', 'walked');
      const { code, text } = await server.call(`${url}?timeoutSeconds=1`);
      assert.equal(code, 200, `${path}: ${text}`);
    };
    await Promise.all(watches.map(call));
  });

  for (const walk of walks) {
    const { id, apiVersion } = walk;
    test(`${apiVersion} ${id}: what is promised is served`, async () => {
      const name = sampleNames[id] ?? 'walked';
      const at = (path: string) => path.replace('{namespace}', namespace).replace('{name}', name).replace('{path}', 'x');
      for (const { path, method, action } of inLifeOrder(walk.operations)) {
        const what = `${method} ${path}`;
        const url = at(path);
        const asksOthers = action === 'connect' || path.endsWith('/log') || path.endsWith('/componentstatuses/{name}');
        if (asksOthers) {
          const { code, json } = await server.call(url, { method });
          if (method === 'HEAD') {
            assert.ok(code >= 400 && code !== 404 && code !== 405 && code !== 500, `${what}: ${code}`);
            continue;
          }
          assert.equal(json?.kind, 'Status', `${what} has nobody to go on to, and says so`);
          assert.ok(code >= 400 && code !== 405 && code !== 500, `${what}: ${code} ${json.message}`);
          assert.notEqual(json.message, 'the server could not find the requested resource', what);
          continue;
        }
        const { code, text } = await callInLife(walk, { path, method, action }, url, name);
        assert.ok(code >= 200 && code < 300, `${what}: ${code} ${text.slice(0, 400)}`);
      }
    });

    test(`${apiVersion} ${id}: what is not promised is refused`, async () => {
      const paths = new Map<string, Set<string>>();
      for (const { path, method } of walk.operations) paths.set(path, (paths.get(path) ?? new Set()).add(method));
      for (const [path, methods] of paths) {
        if (/\/proxy(\/|$)/.test(path)) continue; // every method there is goes on to the other side
        const url = path.replace('{namespace}', namespace).replace('{name}', 'walked').replace('{path}', 'x');
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
          if (methods.has(method)) continue;
          const body = method === 'GET' || method === 'DELETE' ? undefined : {};
          const headers = method === 'PATCH' ? merge : {};
          const { code, json } = await server.call(url, { method, body, headers });
          assert.equal(code, 405, `${method} ${path}: ${code} ${json?.message}`);
          assert.equal(json.kind, 'Status');
          assert.equal(json.status, 'Failure');
          assert.equal(json.reason, 'MethodNotAllowed');
        }
      }
    });
  }
});

function callInLife(walk: Walk, { path, method, action }: Operation, url: string, name: string) {
  const subresource = /\{name\}\/([a-z]+)/.exec(path)?.[1];
  if (action === 'post') return server.call(url, { method, body: bodyToPost(walk, subresource, name) });
  if (action === 'put') return putBack(url);
  if (action === 'patch') return server.call(url, { method, headers: merge, body: { metadata: { labels: { walked: 'yes' } } } });
  return server.call(url, { method });
}

function bodyToPost({ id, apiVersion }: Walk, subresource: string | undefined, name: string): Loose {
  if (subresource !== undefined) return { ...subresourceBodies[subresource], metadata: { name } };
  const sample = sampleObjects[id] ?? sampleReviews[id];
  assert.ok(sample !== undefined, `${id} has a sample`);
  return { apiVersion, ...sample, metadata: { ...sample.metadata, ...(id in sampleObjects ? { name } : {}) } };
}

/** An update with what is there. */
async function putBack(url: string) {
  const read = await server.call(url.replace(/\/(finalize)$/, ''));
  return server.call(url, { method: 'PUT', body: read.json });
}
