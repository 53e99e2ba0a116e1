import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { TestServer } from '../../testing/api-servers.js';
import { alicePair } from '../../testing/certificates.js';
import { configMap, type Loose, pod } from '../../testing/registries.js';
import { patchOf, WebhookServer } from '../../testing/webhook-server.js';

const configMapRule = { operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] };

describe('admission webhooks', () => {
  let server: TestServer;
  let hook: WebhookServer;
  before(async () => {
    [server, hook] = await Promise.all([TestServer.start(), WebhookServer.start()]);
    await call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'alice' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }],
    });
  });
  after(() => Promise.all([server.close(), hook.close()]));
  beforeEach(() => hook.reset(() => ({ allowed: true })));

  const call = async (method: string, path: string, body?: unknown, more: object = {}) => {
    const patch = method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {};
    return server.call(path, { method, body, headers: patch, ...more });
  };
  const maps = '/api/v1/namespaces/default/configmaps';

  /** Runs with one configuration in force, and without it afterwards. */
  async function withHooks(
    kind: 'validating' | 'mutating',
    webhooks: readonly object[],
    run: () => Promise<void>,
  ): Promise<void> {
    const path = `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`;
    const complete = webhooks.map((webhook, i) => ({
      name: `h${i}.example.com`,
      rules: [configMapRule],
      clientConfig: hook.client(),
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      ...webhook,
    }));
    const made = await call('POST', path, { metadata: { name: 'hooks' }, webhooks: complete });
    assert.equal(made.code, 201, made.text);
    await settled(kind, 1);
    try {
      await run();
    } finally {
      await call('DELETE', `${path}/hooks`);
      await settled(kind, 0);
    }
  }

  /** A list waits until the cache, which admission reads, knows of every write. */
  async function settled(kind: 'validating' | 'mutating', count: number): Promise<void> {
    const list = await server.call(`/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`);
    assert.equal(list.json.items.length, count);
  }

  test('a review has everything that Kubernetes tells a webhook', async () => {
    await withHooks('validating', [{}], async () => {
      await call('POST', maps, configMap('told'), { as: alicePair });
      await call('PATCH', `${maps}/told?fieldManager=me&dryRun=All`, { data: { a: 'b' } });
      await call('DELETE', `${maps}/told?gracePeriodSeconds=5`);
    });
    const [create, update, remove] = hook.reviews;
    const { uid, object, oldObject, ...request } = create.request;
    assert.deepEqual(Object.keys(request.userInfo.extra), ['authentication.kubernetes.io/credential-id']);
    delete request.userInfo.extra;
    assert.match(uid, /^[0-9a-f-]{36}$/);
    assert.deepEqual([create.apiVersion, create.kind], ['admission.k8s.io/v1', 'AdmissionReview']);
    assert.deepEqual([object.metadata.name, object.metadata.namespace, oldObject], ['told', 'default', null]);
    const kind = { group: '', version: 'v1', kind: 'ConfigMap' };
    const resource = { group: '', version: 'v1', resource: 'configmaps' };
    assert.deepEqual(request, {
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      name: 'told',
      namespace: 'default',
      operation: 'CREATE',
      userInfo: { username: 'alice', groups: ['devs', 'ops', 'system:authenticated'] },
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldValidation: 'Warn' },
    });
    assert.deepEqual([update.request.operation, update.request.dryRun], ['UPDATE', true]);
    assert.deepEqual([update.request.object.data, update.request.oldObject.data], [{ a: 'b' }, undefined]);
    assert.deepEqual(update.request.options, {
      kind: 'PatchOptions',
      apiVersion: 'meta.k8s.io/v1',
      dryRun: ['All'],
      fieldManager: 'me',
      fieldValidation: 'Warn',
    });
    assert.deepEqual(
      [remove.request.operation, remove.request.object, remove.request.oldObject.metadata.name],
      ['DELETE', null, 'told'],
    );
    assert.deepEqual(remove.request.options, { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', gracePeriodSeconds: 5 });
  });

  const denials: readonly (readonly [object, number, string, string])[] = [
    [{ allowed: false }, 400, 'admission webhook "h0.example.com" denied the request without explanation', ''],
    [{ allowed: false, status: { message: 'no' } }, 400, 'admission webhook "h0.example.com" denied the request: no', ''],
    [
      { allowed: false, status: { code: 402, reason: 'Because', message: 'pay' } },
      402,
      'admission webhook "h0.example.com" denied the request: pay',
      'Because',
    ],
    [
      { allowed: false, status: { code: 200, reason: 'Because' } },
      400,
      'admission webhook "h0.example.com" denied the request: Because',
      'Because',
    ],
  ];
  for (const [response, code, message, reason] of denials) {
    test(`a denial: ${JSON.stringify(response)}`, async () => {
      hook.reset(() => response);
      await withHooks('validating', [{}], async () => {
        const denied = await call('POST', maps, configMap('denied'));
        assert.deepEqual([denied.code, denied.json.message, denied.json.reason ?? ''], [code, message, reason]);
      });
    });
  }

  test('warnings reach the client, also with a denial, and each once', async () => {
    hook.reset(() => ({ allowed: false, warnings: ['mind the gap', 'mind the gap', 'twice'], status: { message: 'no' } }));
    await withHooks('validating', [{}, {}], async () => {
      const denied = await call('POST', maps, configMap('denied'));
      assert.equal(denied.headers['warning'], '299 - "mind the gap", 299 - "twice"');
    });
  });

  const failures: readonly (readonly [string, object | string, object, RegExp])[] = [
    ['uid', { allowed: true, uid: 'x' }, {}, /received invalid webhook response: expected response\.uid="[0-9a-f-]+", got "x"$/],
    [
      'no response',
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}',
      {},
      /received invalid webhook response: webhook response was absent$/,
    ],
    [
      'patch of a validating one',
      patchOf({ op: 'remove', path: '/data' }),
      {},
      /validating webhook may not return response\.patch$/,
    ],
    ['no JSON', 'hello', {}, /failed to call webhook: couldn't get version\/kind; json parse error: /],
    [
      '500',
      '500 boom',
      {},
      /failed to call webhook: an error on the server \("boom"\) has prevented the request from succeeding$/,
    ],
    ['404', '404 ', {}, /failed to call webhook: the server could not find the requested resource$/],
    [
      'nobody listens',
      {},
      { clientConfig: { url: 'https://127.22.7.3:9/x' } },
      /failed to call webhook: Post "https:\/\/127\.22\.7\.3:9\/x\?timeout=10s": dial tcp 127\.22\.7\.3:9: connect: connection refused$/,
    ],
    [
      'no such service',
      {},
      { clientConfig: { service: { namespace: 'default', name: 'nobody' } } },
      /failed to call webhook: service "nobody" not found$/,
    ],
  ];
  for (const [name, response, webhook, expected] of failures) {
    test(`a failure is a 500, or nothing: ${name}`, async () => {
      hook.reset(() => response);
      await withHooks('validating', [webhook], async () => {
        const failed = await call('POST', maps, configMap('failed'));
        assert.equal(failed.code, 500);
        assert.match(failed.json.message, /^Internal error occurred: failed calling webhook "h0\.example\.com": /);
        assert.match(failed.json.message, expected);
      });
      await withHooks('validating', [{ ...webhook, failurePolicy: 'Ignore' }], async () => {
        const passed = await call('POST', `${maps}?dryRun=All`, configMap('passed'));
        assert.equal(passed.code, 201, passed.text);
      });
    });
  }

  test('an authority that nobody trusts, and a webhook that takes its time', async () => {
    const { url } = hook.client() as { url: string };
    await withHooks('validating', [{ clientConfig: { url } }], async () => {
      const failed = await call('POST', maps, configMap('failed'));
      assert.match(failed.json.message, /tls: failed to verify certificate: x509: certificate signed by unknown authority$/);
    });
    let release = () => {};
    hook.reset(() => new Promise((resolve) => (release = () => resolve({ allowed: true }))));
    await withHooks('validating', [{ timeoutSeconds: 1 }], async () => {
      const failed = await call('POST', maps, configMap('failed'));
      assert.match(failed.json.message, /\?timeout=1s": context deadline exceeded$/);
    });
    release();
  });

  test('side effects and dry runs', async () => {
    const path = `${maps}?dryRun=All`;
    await withHooks('validating', [{ sideEffects: 'NoneOnDryRun' }], async () => {
      assert.equal((await call('POST', path, configMap('dry'))).code, 201);
      assert.equal(hook.reviews[0].request.dryRun, true);
    });
  });

  test('selectors, scope, operations and conditions decide who is asked', async () => {
    await call('POST', '/api/v1/namespaces', { metadata: { name: 'loud', labels: { volume: '11' } } });
    const cases: readonly (readonly [object, boolean])[] = [
      [{ namespaceSelector: { matchLabels: { volume: '11' } } }, false],
      [{ namespaceSelector: { matchExpressions: [{ key: 'volume', operator: 'DoesNotExist' }] } }, true],
      [{ objectSelector: { matchLabels: { a: 'b' } } }, true],
      [{ objectSelector: { matchLabels: { a: 'c' } } }, false],
      [{ rules: [{ ...configMapRule, operations: ['UPDATE'] }] }, false],
      [{ rules: [{ ...configMapRule, scope: 'Cluster' }] }, false],
      [{ rules: [{ ...configMapRule, scope: 'Namespaced', resources: ['*'] }] }, true],
      [{ rules: [{ ...configMapRule, resources: ['configmaps/status', 'pods'] }] }, false],
      [{ rules: [{ ...configMapRule, apiVersions: ['v2'] }] }, false],
      [{ matchConditions: [{ name: 'c', expression: "request.userInfo.username == 'kubernetes-admin'" }] }, true],
      [{ matchConditions: [{ name: 'c', expression: "object.metadata.labels['a'] == 'x'" }] }, false],
      [{ matchConditions: [{ name: 'c', expression: "authorizer.requestResource.check('delete').allowed()" }] }, true],
      [
        {
          matchConditions: [
            { name: 'a', expression: 'object.x.y == 1' },
            { name: 'b', expression: 'false' },
          ],
        },
        false,
      ],
    ];
    for (const [webhook, asked] of cases) {
      hook.reset(() => ({ allowed: true }));
      await withHooks('validating', [webhook], async () => {
        const body = configMap('selected', { metadata: { labels: { a: 'b' } } });
        const made = await call('POST', `${maps}?dryRun=All`, body);
        assert.equal(made.code, 201, made.text);
      });
      assert.equal(hook.reviews.length, asked ? 1 : 0, JSON.stringify(webhook));
    }
  });

  test('conditions that fail refuse the request, or are ignored', async () => {
    const matchConditions = [{ name: 'broken', expression: 'object.nothing == 1' }];
    await withHooks('validating', [{ matchConditions }], async () => {
      const refused = await call('POST', maps, configMap('refused'));
      assert.equal(refused.code, 403);
      assert.equal(
        refused.json.message,
        `configmaps "refused" is forbidden: expression 'object.nothing == 1' resulted in error: no such key: nothing`,
      );
    });
    await withHooks('validating', [{ matchConditions, failurePolicy: 'Ignore' }], async () => {
      assert.equal((await call('POST', `${maps}?dryRun=All`, configMap('passed'))).code, 201);
    });
    assert.equal(hook.reviews.length, 0);
  });

  test('another version of the resource matches, and the object is shown in it', async () => {
    const events = { operations: ['CREATE'], apiGroups: ['events.k8s.io'], apiVersions: ['v1'], resources: ['events'] };
    const event = {
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
      reason: 'R',
      message: 'm',
      type: 'Normal',
    };
    await withHooks('validating', [{ rules: [events] }, { rules: [events], matchPolicy: 'Exact' }], async () => {
      const made = await call('POST', '/api/v1/namespaces/default/events?dryRun=All', event);
      assert.equal(made.code, 201, made.text);
    });
    assert.equal(hook.reviews.length, 1);
    const { request } = hook.reviews[0];
    assert.deepEqual([request.kind.group, request.requestKind.group, request.object.note], ['events.k8s.io', '', 'm']);
  });

  test('patches are applied one after the other, and again where that was asked for', async () => {
    hook.reset((review, path) => {
      const data = review.request.object.data ?? {};
      if (path.startsWith('/count')) {
        return patchOf({ op: 'add', path: '/data/count', value: String(Object.keys(data).length) });
      }
      return 'marked' in data ? { allowed: true } : patchOf({ op: 'add', path: '/data/marked', value: 'yes' });
    });
    const counting = { clientConfig: hook.client('/count'), reinvocationPolicy: 'IfNeeded' };
    await withHooks('mutating', [counting, {}], async () => {
      const made = await call('POST', maps, configMap('patched', { data: { a: 'b' } }));
      assert.equal(made.code, 201, made.text);
      assert.deepEqual(made.json.data, { a: 'b', count: '3', marked: 'yes' });
    });
    assert.equal(hook.reviews.length, 3);
    await call('DELETE', `${maps}/patched`);
  });

  const badPatches: readonly (readonly [string, object, RegExp])[] = [
    ['no type', { allowed: true, patch: 'W10=' }, /webhook returned response\.patch but not response\.patchType$/],
    ['no patch', { allowed: true, patchType: 'JSONPatch' }, /webhook returned response\.patchType but not response\.patch$/],
    ['other type', { allowed: true, patchType: 'Merge', patch: 'W10=' }, /unsupported patch type "Merge"$/],
    ['does not apply', patchOf({ op: 'remove', path: '/nothing' }), /^Internal error occurred: the server rejected our request/],
  ];
  for (const [name, response, expected] of badPatches)
    test(`a patch that is none: ${name}`, async () => {
      hook.reset(() => response);
      await withHooks('mutating', [{}], async () => {
        const failed = await call('POST', maps, configMap('failed'));
        assert.equal(failed.code, 500, failed.text);
        assert.match(failed.json.message, expected);
      });
    });

  test('what a webhook adds is defaulted, validated and kept to the schema', async () => {
    const rules = [{ ...configMapRule, resources: ['pods'], operations: ['CREATE'] }];
    hook.reset(() => patchOf({ op: 'add', path: '/spec/containers/-', value: { name: 'side', image: 'x', unknown: 1 } }));
    await withHooks('mutating', [{ rules }], async () => {
      const made = await call('POST', '/api/v1/namespaces/default/pods?dryRun=All', pod('p'));
      assert.equal(made.code, 201, made.text);
      const side = made.json.spec.containers[1];
      assert.deepEqual([side.name, side.imagePullPolicy, side.unknown], ['side', 'Always', undefined]);
      hook.reset(() => patchOf({ op: 'replace', path: '/spec/containers/0/name', value: 'No Name' }));
      assert.equal((await call('POST', '/api/v1/namespaces/default/pods?dryRun=All', pod('p'))).code, 422);
    });
  });

  test('subresources: status, scale, binding, eviction, and connections', async () => {
    const resources = ['pods/*', 'deployments/scale', 'configmaps'];
    const rules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources }];
    const pods = '/api/v1/namespaces/default/pods';
    const selector = { matchLabels: { a: 'b' } };
    const template = { metadata: { labels: { a: 'b' } }, spec: pod('x').spec };
    await call('POST', '/apis/apps/v1/namespaces/default/deployments', { metadata: { name: 'd' }, spec: { selector, template } });
    await call('POST', pods, pod('sub'));
    await withHooks('validating', [{ rules }], async () => {
      await call('PATCH', `${pods}/sub/status`, { status: { phase: 'Running' } });
      await call('POST', `${pods}/sub/binding`, { metadata: { name: 'sub' }, target: { name: 'node-1' } });
      await call('PATCH', '/apis/apps/v1/namespaces/default/deployments/d/scale', { spec: { replicas: 3 } });
      await call('GET', `${pods}/sub/proxy/a/b`);
      await call('POST', `${pods}/sub/eviction`, { metadata: { name: 'sub' } });
    });
    const seen = hook.reviews.map(({ request }: Loose) => {
      return `${request.operation} ${request.resource.resource}/${request.subResource ?? ''} ${request.kind.kind} ${request.object?.kind}`;
    });
    assert.deepEqual(seen, [
      'UPDATE pods/status Pod Pod',
      'CREATE pods/binding Binding Binding',
      'UPDATE deployments/scale Scale Scale',
      'CONNECT pods/proxy PodProxyOptions PodProxyOptions',
      'CREATE pods/eviction Eviction Eviction',
    ]);
  });

  test('a Service leads to one of its ready endpoints', async () => {
    const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
    await call('POST', '/api/v1/namespaces/default/services', {
      metadata: { name: 'hook' },
      spec: { ports: [{ port: 443, targetPort: 8443 }] },
    });
    const service = { namespace: 'default', name: 'hook', path: '/in/service' };
    const { caBundle } = hook.client() as { caBundle: string };
    let path = '';
    hook.reset((_review, asked) => {
      path = asked;
      return { allowed: true };
    });
    await withHooks('validating', [{ clientConfig: { service, caBundle } }], async () => {
      const none = await call('POST', maps, configMap('none'));
      assert.match(none.json.message, /failed to call webhook: no endpoints available for service "hook"$/);
      await call('POST', slices, {
        metadata: { name: 'hook-1', labels: { 'kubernetes.io/service-name': 'hook' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['127.22.7.9'], conditions: { ready: false } }, { addresses: [hook.address] }],
        ports: [{ name: '', port: hook.port }],
      });
      await server.call(slices);
      const made = await call('POST', `${maps}?dryRun=All`, configMap('made'));
      assert.equal(made.code, 201, made.text);
    });
    assert.equal(path, '/in/service?timeout=10s');
  });

  test('webhooks do not guard themselves', async () => {
    const rules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }];
    hook.reset(() => ({ allowed: false }));
    await withHooks('validating', [{ rules }], async () => undefined);
    assert.equal(hook.reviews.length, 0);
  });
});
