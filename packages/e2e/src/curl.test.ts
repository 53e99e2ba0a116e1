import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { parse } from 'yaml';
import { checkout, TestCluster } from './harness/cluster.js';
import { output } from './harness/command.js';
import { eventually } from './harness/eventually.js';

interface Event {
  readonly type: string;
  readonly object: { readonly metadata: { readonly name: string; readonly resourceVersion: string } };
}

const configMaps = '/api/v1/namespaces/default/configmaps';

describe('plain curl', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start({ bare: true, nodes: 1, controlPlanes: 1 });
  });
  after(() => cluster?.wipe());

  const post = (path: string, body: unknown, type = 'application/json') =>
    cluster.curl(
      path,
      '-X',
      'POST',
      '-H',
      `Content-Type: ${type}`,
      '--data-binary',
      typeof body === 'string' ? body : JSON.stringify(body),
    );
  const configMap = (name: string, labels = {}) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels },
    data: { k: 'v' },
  });
  const names = (body: string) => (JSON.parse(body) as { items: Event['object'][] }).items.map(({ metadata }) => metadata.name);

  test('the protocol is the one that the client likes best', async () => {
    const show = ['-sS', ...(await cluster.curlCredentials()), '-o', '/dev/null', '-w', '%{http_version}'];
    assert.equal(await output('curl', [...show, `${cluster.apiUrl}/version`]), '2');
    assert.equal(await output('curl', [...show, '--http1.1', `${cluster.apiUrl}/version`]), '1.1');
  });

  test('the example, as YAML and as JSON, runs', async () => {
    const [deployment] = readFileSync(`${checkout}/packages/examples/hello.yaml`, 'utf8')
      .split(/^---$/m)
      .filter((text) => text.includes('kind: Deployment'));
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    const created = await post(deployments, deployment, 'application/yaml');
    assert.equal(created.code, 201, created.body);
    assert.equal((await post(deployments, parse(deployment!))).code, 409);
    await eventually('three pods run', async () => {
      const { body } = await cluster.curl(
        '/api/v1/namespaces/default/pods?labelSelector=app%3Dhello&fieldSelector=status.phase%3DRunning',
      );
      assert.equal(names(body).length, 3);
    });
    assert.equal((await cluster.curl(`${deployments}/hello`, '-X', 'DELETE')).code, 200);
    await eventually('everything of it is gone', async () => {
      assert.deepEqual(names((await cluster.curl('/api/v1/namespaces/default/pods')).body), []);
      assert.deepEqual(names((await cluster.curl('/apis/apps/v1/namespaces/default/replicasets')).body), []);
    });
  });

  test('create, get, list by labels and fields, delete', async () => {
    for (const [name, labels] of [
      ['a', { tier: 'web' }],
      ['b', { tier: 'db' }],
      ['c', {}],
    ] as const) {
      assert.equal((await post(configMaps, configMap(`list-${name}`, labels))).code, 201);
    }
    const got = await cluster.curl(`${configMaps}/list-a`);
    assert.deepEqual([got.code, JSON.parse(got.body).data], [200, { k: 'v' }]);
    const list = async (query: string) =>
      names((await cluster.curl(`${configMaps}?${query}`)).body).filter((name) => name.startsWith('list-'));
    assert.deepEqual(await list('labelSelector=tier%3Dweb'), ['list-a']);
    assert.deepEqual(await list('labelSelector=tier%20in%20(web,db)'), ['list-a', 'list-b']);
    assert.deepEqual(await list('labelSelector=!tier'), ['list-c']);
    assert.deepEqual(await list('fieldSelector=metadata.name%3Dlist-b'), ['list-b']);
    assert.equal((await cluster.curl(`${configMaps}/list-a`, '-X', 'DELETE')).code, 200);
    assert.equal((await cluster.curl(`${configMaps}/list-a`)).code, 404);
  });

  test('a watch streams a line per change, from where the list ended', async () => {
    const listed = JSON.parse((await cluster.curl(configMaps)).body) as { metadata: { resourceVersion: string } };
    const url = `${cluster.apiUrl}${configMaps}?watch=1&resourceVersion=${listed.metadata.resourceVersion}&timeoutSeconds=30`;
    const watching = spawn('curl', ['-sSN', ...(await cluster.curlCredentials()), url]);
    const events: Event[] = [];
    let complaint = '';
    watching.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    let rest = '';
    watching.stdout.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      events.push(...lines.map((line) => JSON.parse(line) as Event));
    });
    try {
      await post(configMaps, configMap('watched'));
      await cluster.curl(
        `${configMaps}/watched`,
        '-X',
        'PATCH',
        '-H',
        'Content-Type: application/merge-patch+json',
        '-d',
        '{"data":{"k":"w"}}',
      );
      await cluster.curl(`${configMaps}/watched`, '-X', 'DELETE');
      await eventually('all three changes arrive', () => {
        const seen = events.filter(({ object }) => object.metadata.name === 'watched');
        assert.deepEqual(
          seen.map(({ type }) => type),
          ['ADDED', 'MODIFIED', 'DELETED'],
          complaint,
        );
        const versions = seen.map(({ object }) => Number(object.metadata.resourceVersion));
        assert.deepEqual(
          versions,
          [...versions].sort((a, b) => a - b),
        );
      });
    } finally {
      watching.kill();
    }
  });

  test('the same URL is a WebSocket watch', async () => {
    const credentials = await cluster.curlCredentials();
    const file = (flag: string) => readFileSync(credentials[credentials.indexOf(flag) + 1]!);
    const socket = new WebSocket(`${cluster.apiUrl.replace('https', 'wss')}${configMaps}?watch=1`, {
      ca: file('--cacert'),
      cert: file('--cert'),
      key: file('--key'),
    });
    const events: Event[] = [];
    socket.on('message', (data) => events.push(JSON.parse(String(data)) as Event));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    await post(configMaps, configMap('by-socket'));
    await eventually('the change arrives', () =>
      assert.ok(events.some((e) => e.type === 'ADDED' && e.object.metadata.name === 'by-socket')),
    );
    socket.close();
  });

  describe('bad input is the client’s fault, told clearly', () => {
    const cases: readonly (readonly [
      what: string,
      body: unknown,
      code: number,
      reason: string,
      message: RegExp,
      path?: string,
    ])[] = [
      ['malformed JSON', '{"a":', 400, 'BadRequest', /JSON|json/],
      ['a wrong type', { ...configMap('x'), data: 'text' }, 400, 'BadRequest', /json: cannot unmarshal string/],
      [
        'an unknown field, strictly',
        { ...configMap('x'), dta: {} },
        400,
        'BadRequest',
        /strict decoding error: unknown field "dta"/,
        `${configMaps}?fieldValidation=Strict`,
      ],
      [
        'too large a body',
        JSON.stringify({ ...configMap('x'), data: { k: 'x'.repeat(4_000_000) } }),
        413,
        'RequestEntityTooLarge',
        /too large/,
      ],
      [
        'a name that is no DNS label',
        configMap('Not_A_Name'),
        422,
        'Invalid',
        /ConfigMap "Not_A_Name" is invalid: metadata\.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 subdomain/,
      ],
      ['another kind than the URL', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }, 400, 'BadRequest', /Secret/],
      [
        'a namespace that is not there',
        configMap('x'),
        404,
        'NotFound',
        /namespaces "nowhere" not found/,
        '/api/v1/namespaces/nowhere/configmaps',
      ],
      ['a kind that nobody knows', {}, 404, 'NotFound', /could not find the requested resource/, '/apis/example.com/v1/widgets'],
      [
        'a negative replica count',
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'x' },
          spec: {
            replicas: -1,
            selector: { matchLabels: { a: 'b' } },
            template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
          },
        },
        422,
        'Invalid',
        /Deployment\.apps "x" is invalid: spec\.replicas: Invalid value: -1: must be greater than or equal to 0/,
        '/apis/apps/v1/namespaces/default/deployments',
      ],
    ];
    for (const [what, body, code, reason, message, path] of cases) {
      test(what, async (t) => {
        let data = typeof body === 'string' ? body : JSON.stringify(body);
        if (data.length > 100_000) {
          const { writeFileSync } = await import('node:fs');
          writeFileSync(`${cluster.stateDir}/body`, data);
          data = `@${cluster.stateDir}/body`;
        }
        const answer = await post(path ?? configMaps, data);
        const status = JSON.parse(answer.body) as { kind: string; status: string; reason: string; message: string; code: number };
        t.diagnostic(status.message);
        assert.deepEqual(
          [answer.code, status.kind, status.status, status.code, status.reason],
          [code, 'Status', 'Failure', code, reason],
          status.message,
        );
        assert.match(status.message, message);
        assert.equal((await cluster.curl(`${configMaps}/x`)).code, 404, 'nothing was stored');
      });
    }

    test('malformed YAML', async () => {
      const answer = await post(configMaps, 'apiVersion: v1\nkind: [', 'application/yaml');
      assert.equal(answer.code, 400, answer.body);
    });

    test('a stale resourceVersion', async () => {
      const created = JSON.parse((await post(configMaps, configMap('stale'))).body);
      const put = (object: unknown) =>
        cluster.curl(`${configMaps}/stale`, '-X', 'PUT', '-H', 'Content-Type: application/json', '-d', JSON.stringify(object));
      assert.equal((await put({ ...created, data: { k: '2' } })).code, 200);
      const answer = await put({ ...created, data: { k: '3' } });
      assert.equal(answer.code, 409);
      assert.match(
        JSON.parse(answer.body).message,
        /^Operation cannot be fulfilled on configmaps "stale": the object has been modified; please apply your changes to the latest version and try again$/,
      );
      assert.deepEqual(JSON.parse((await cluster.curl(`${configMaps}/stale`)).body).data, { k: '2' });
    });

    test('a token that nobody issued, and no credentials at all', async () => {
      const anonymous = async (...args: string[]) => {
        const ca = (await cluster.curlCredentials()).slice(0, 2);
        const text = await output('curl', ['-sS', ...ca, ...args, `${cluster.apiUrl}/api/v1/namespaces/default/pods`]);
        return JSON.parse(text) as { code: number; reason: string; message: string };
      };
      const forged = await anonymous('-H', 'Authorization: Bearer forged');
      assert.deepEqual([forged.code, forged.reason, forged.message], [401, 'Unauthorized', 'Unauthorized']);
      const nobody = await anonymous();
      assert.deepEqual([nobody.code, nobody.reason, nobody.message], [401, 'Unauthorized', 'Unauthorized']);
    });
  });
});
