import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds } from '@flotilla/api';
import { failure, pod, Registries } from '../../testing/registries.js';

const to = (name: string, node: string, metadata = {}) => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name, ...metadata },
  target: { apiVersion: 'v1', kind: 'Node', name: node },
});

describe('pods/binding', () => {
  const registries = new Registries(2);
  const client = registries.at();
  before(() => client.namespace());
  after(() => registries.close());

  test('gives the pod its node, once', async () => {
    await client.create(kinds.pods, pod('web'));
    const status = await client.create(kinds.pods, to('web', 'node-1'), { name: 'web', subresource: 'binding' });
    assert.deepEqual([status.status, status.code], ['Success', 201]);
    const bound = await client.get(kinds.pods, 'web');
    assert.equal(bound.spec.nodeName, 'node-1');
    assert.equal(bound.status.conditions.find((c: { type: string }) => c.type === 'PodScheduled').status, 'True');
    assert.match(
      await failure(client.create(kinds.pods, to('web', 'node-2'), { name: 'web', subresource: 'binding' })),
      /^409 Conflict: Operation cannot be fulfilled on pods\/binding "web": pod web is already assigned to node "node-1"$/,
    );
  });

  test('a Binding of its own names the pod in its body', async () => {
    await client.create(kinds.pods, pod('named'));
    const status = await client.create(kinds.bindings, to('named', 'node-1'));
    assert.deepEqual([status.status, status.code], ['Success', 201]);
    assert.equal((await client.get(kinds.pods, 'named')).spec.nodeName, 'node-1');
    assert.match(await failure(client.create(kinds.bindings, to('nobody', 'node-1'))), /^404 NotFound: pods "nobody" not found$/);
    assert.match(await failure(client.create(kinds.bindings, to('named', 'node-2'))), /^409 Conflict/);
  });

  test('two schedulers through two API servers: exactly one wins', async () => {
    for (let round = 0; round < 10; round++) {
      const name = `raced-${round}`;
      await client.create(kinds.pods, pod(name));
      const results = await Promise.allSettled(
        [0, 1, 0, 1].map((at, i) =>
          registries.at(at).create(kinds.pods, to(name, `node-${i}`), { name, subresource: 'binding' }),
        ),
      );
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    }
  });

  test('refuses what cannot be bound', async () => {
    const { metadata } = await client.create(kinds.pods, pod('picky'));
    const bind = (body: object) => failure(client.create(kinds.pods, body, { name: 'picky', subresource: 'binding' }));
    assert.match(await bind(to('picky', '')), /^500 : target\.name: Required value$/);
    assert.match(
      await bind(to('picky', 'node-1', { uid: 'other' })),
      /^409 Conflict: .*UID in precondition: other, UID in object meta: /,
    );
    assert.match(
      await bind(to('picky', 'node-1', { resourceVersion: '1' })),
      /^409 Conflict: .*Precondition failed: ResourceVersion in precondition: 1, ResourceVersion in object meta: \d+$/,
    );
    assert.match(
      await bind({ ...to('picky', 'node-1'), target: { kind: 'Pod', name: 'x' } }),
      /^500 : target\.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"$/,
    );
    assert.match(
      await bind({ ...to('picky', ''), target: { kind: 'Pod' } }),
      /^500 : \[target\.kind: Unsupported value: .*, target\.name: Required value\]$/,
    );
    for (const name of ['other', '']) {
      assert.match(await bind(to(name, 'node-1')), /^400 BadRequest: name in URL does not match name in Binding object$/);
    }
    const body = to('picky', 'node-1', { uid: metadata.uid, annotations: { a: 'b' }, labels: { c: 'd' } });
    await client.create(kinds.pods, body, { name: 'picky', subresource: 'binding' });
    const { metadata: after } = await client.get(kinds.pods, 'picky');
    assert.deepEqual([after.annotations, after.labels], [{ a: 'b' }, metadata.labels], 'labels of a binding are its own');
    const gated = pod('gated');
    Object.assign(gated.spec, { schedulingGates: [{ name: 'example.com/wait' }] });
    await client.create(kinds.pods, gated);
    assert.match(
      await failure(client.create(kinds.pods, to('gated', 'node-1'), { name: 'gated', subresource: 'binding' })),
      /^409 Conflict: .*pod gated has non-empty \.spec\.schedulingGates$/,
    );
  });
});
