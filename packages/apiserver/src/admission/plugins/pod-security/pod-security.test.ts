import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds } from '@flotilla/api';
import { failure, type Loose, pod, Registries } from '../../../testing/registries.js';

const label = (mode: string) => `pod-security.kubernetes.io/${mode}`;
const hostPid = 'host namespaces (hostPID=true)';

describe('PodSecurity', () => {
  const registries = new Registries();
  const client = registries.at();
  before(async () => {
    await client.namespace();
    const labels = { [label('enforce')]: 'baseline', [label('audit')]: 'baseline', [label('warn')]: 'baseline' };
    await client.create(kinds.namespaces, { metadata: { name: 'safe', labels } });
    await client.list(kinds.namespaces); // the cache knows them now
  });
  after(() => registries.close());

  /** What is said of a request beside its answer. */
  function notes() {
    const warnings: string[] = [];
    const annotations: Record<string, string> = {};
    const taker = {
      warn: (text: string) => void warnings.push(text),
      annotate(key: string, value: string) {
        annotations[key] = value;
      },
    };
    return { warnings, annotations, notes: taker };
  }

  test('pods that violate what is enforced are refused', async () => {
    const said = notes();
    const bad = pod('bad', { spec: { hostPID: true } });
    assert.equal(
      await failure(client.create(kinds.pods, bad, { namespace: 'safe', notes: said.notes })),
      `403 Forbidden: pods "bad" is forbidden: violates PodSecurity "baseline:latest": ${hostPid}`,
    );
    assert.deepEqual(said.warnings, []);
    assert.deepEqual(said.annotations, {
      [label('enforce-policy')]: 'baseline:latest',
      [label('audit-violations')]: `would violate PodSecurity "baseline:latest": ${hostPid}`,
    });
    await client.create(kinds.pods, pod('good'), { namespace: 'safe' });
    await client.create(kinds.pods, bad);
  });

  test('templates are warned of', async () => {
    const said = notes();
    const labels = { a: 'b' };
    const spec = { ...pod('x').spec, hostPID: true };
    const template = { metadata: { labels }, spec };
    const deployment = { metadata: { name: 'web' }, spec: { selector: { matchLabels: labels }, template } };
    await client.create(kinds.deployments, deployment, { namespace: 'safe', notes: said.notes });
    assert.deepEqual(said.warnings, [`would violate PodSecurity "baseline:latest": ${hostPid}`]);
  });

  test('labels that become stricter tell of pods that are there', async () => {
    await client.namespace('old');
    const in_old = { namespace: 'old' };
    await client.create(kinds.pods, pod('b', { spec: { hostPID: true } }), in_old);
    await client.create(kinds.pods, pod('a', { spec: { hostPID: true } }), in_old);
    await client.create(kinds.pods, pod('c', { spec: { hostIPC: true } }), in_old);
    await client.create(kinds.pods, pod('d'), in_old);
    await client.list(kinds.pods);
    const relabel = async (labels: Loose) => {
      const said = notes();
      await client.patch(kinds.namespaces, 'old', { metadata: { labels } }, { notes: said.notes });
      return said.warnings;
    };
    assert.deepEqual(await relabel({ [label('enforce')]: 'baseline' }), [
      'existing pods in namespace "old" violate the new PodSecurity enforce level "baseline:latest"',
      'a (and 2 other pods): host namespaces',
    ]);
    assert.deepEqual(await relabel({ [label('enforce')]: 'privileged' }), []);
  });

  test('labels must be right, unless they were wrong before', async () => {
    const labels = { [label('enforce')]: 'strict' };
    assert.equal(
      await failure(client.create(kinds.namespaces, { metadata: { name: 'odd', labels } })),
      '422 Invalid: Namespace "odd" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
    );
  });

  test('of a pod that exists only what can change counts', async () => {
    await client.namespace('later');
    const there = { namespace: 'later' };
    await client.create(kinds.pods, pod('p', { spec: { hostPID: true } }), there);
    await client.patch(kinds.namespaces, 'later', { metadata: { labels: { [label('enforce')]: 'baseline' } } });
    await client.list(kinds.namespaces);
    await client.patch(kinds.pods, 'p', { metadata: { labels: { a: 'b' } } }, there);
    const image = { spec: { containers: [{ name: 'main', image: 'other' }] } };
    const contentType = 'application/strategic-merge-patch+json';
    assert.match(
      await failure(client.patch(kinds.pods, 'p', image, { ...there, contentType })),
      /^403 Forbidden: pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces/,
    );
  });
});
