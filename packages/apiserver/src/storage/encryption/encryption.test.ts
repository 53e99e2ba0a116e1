import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type Definition, definitions, kinds } from '@flotilla/api';
import { seededRandom } from '@flotilla/base';
import { systemClock } from '@flotilla/process';
import { type KeyValueStore, openLocal } from '@flotilla/store-client';
import { ensureDefaults } from '../../bootstrap/ensure.js';
import { testFile } from '../../testing/files.js';
import { Registries } from '../../testing/registries.js';
import { readEncryptionConfig } from './config.js';
import { encryptAtRest } from './encrypt-at-rest.js';
import { resourceOfKey } from './resource-of-key.js';

const secretText = (bytes = 32) => randomBytes(bytes).toString('base64');
const bytes = (text: string) => Buffer.from(text);
const [one, two] = [secretText(), secretText()];

function configText(...providers: readonly string[]): string {
  return `
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers: [${providers.join(', ')}]
`;
}
const provider = (name: string, ...keys: readonly (readonly [string, string])[]) =>
  `{ ${name}: { keys: [${keys.map(([key, secret]) => `{ name: ${key}, secret: ${JSON.stringify(secret)} }`).join(', ')}] } }`;
const identity = '{ identity: {} }';

function opened(store: KeyValueStore, text: string) {
  return encryptAtRest(store, { etcdPrefix: '/registry', encryptionProviderConfig: testFile('encryption.yaml', text) });
}

const key = bytes('/registry/secrets/default/top');
const value = '{"metadata":{}}';
const read = async (store: KeyValueStore, at = key) =>
  Buffer.from((await store.range({ key: at })).kvs[0]?.value ?? []).toString();

for (const [name, size] of [
  ['aesgcm', 16],
  ['aesgcm', 32],
  ['aescbc', 32],
  ['secretbox', 32],
] as const) {
  test(`${name} with ${size * 8} bits: what lies in the store says who wrote it, and only that key reads it`, async (t) => {
    const plain = openLocal({ clock: systemClock, random: seededRandom(1) });
    t.after(() => plain.close());
    const secret = secretText(size);
    const { store } = opened(plain, configText(provider(name, ['key1', secret]), identity));
    await store.put({ key, value: bytes(value) });
    const stored = await read(plain);
    assert.ok(stored.startsWith(`k8s:enc:${name}:v1:key1:`), stored);
    assert.equal(stored.includes('metadata'), false);
    assert.equal(await read(store), value);
    const other = opened(plain, configText(provider(name, ['key1', secretText(size)]), identity)).store;
    const outcome = await read(other).catch(String);
    // AES-CBC does not authenticate: one wrong key in 256 makes something of it.
    if (name === 'aescbc') assert.notEqual(outcome, value);
    else assert.match(outcome, /unable to transform key "\/registry\/secrets\/default\/top"/);
  });
}

test('what was moved to another key is not read as that key: AES-GCM authenticates the key', async (t) => {
  const plain = openLocal({ clock: systemClock, random: seededRandom(1) });
  t.after(() => plain.close());
  const { store } = opened(plain, configText(provider('aesgcm', ['key1', one])));
  await store.put({ key, value: bytes(value) });
  const stolen = bytes('/registry/secrets/default/other');
  await plain.put({ key: stolen, value: (await plain.range({ key })).kvs[0]?.value ?? bytes('') });
  await assert.rejects(read(store, stolen), /unable to transform key/);
});

test('keys rotate: the first writes, all read, and a write that changes nothing renews what is stale', async (t) => {
  const plain = openLocal({ clock: systemClock, random: seededRandom(1) });
  t.after(() => plain.close());
  await plain.put({ key, value: bytes(value) });
  const steps: readonly (readonly [string, string, boolean])[] = [
    [configText(provider('aesgcm', ['a', one]), identity), '{"metadata', true],
    [configText(provider('aesgcm', ['b', two], ['a', one]), identity), 'k8s:enc:aesgcm:v1:a:', true],
    [configText(provider('secretbox', ['c', one]), provider('aesgcm', ['b', two])), 'k8s:enc:aesgcm:v1:b:', true],
    [configText(identity, provider('secretbox', ['c', one])), 'k8s:enc:secretbox:v1:c:', true],
    [configText(identity), '{"metadata', false],
  ];
  for (const [text, before, stale] of steps) {
    const { store, staleValues } = opened(plain, text);
    assert.ok((await read(plain)).startsWith(before), before);
    assert.equal(await read(store), value);
    const [kv] = (await store.range({ key })).kvs;
    assert.equal(staleValues?.has(key.toString(), kv?.modRevision ?? 0), stale, text);
    await store.txn({ compare: [], success: [{ put: { key, value: bytes(value) } }], failure: [] });
  }
  await assert.rejects(read(opened(plain, configText(provider('aesgcm', ['a', one]))).store), /no matching prefix found/);
});

const resourceTable: readonly (readonly [string, string, string, boolean])[] = [
  ['secrets', '', 'secrets', true],
  ['secrets', 'apps', 'secrets', false],
  ['deployments.apps', 'apps', 'deployments', true],
  ['"*.apps"', 'apps', 'statefulsets', true],
  ['"*.apps"', '', 'pods', false],
  ['"*."', '', 'pods', true],
  ['"*."', 'apps', 'deployments', false],
  ['"*.*"', 'example.org', 'things', true],
];
for (const [pattern, group, resource, expected] of resourceTable) {
  test(`${pattern} covers ${resource} of "${group}": ${expected}`, () => {
    const text = configText(provider('aesgcm', ['a', one])).replace('[secrets]', `[${pattern}]`);
    const config = readEncryptionConfig(testFile('encryption.yaml', text));
    assert.equal(config.transformerFor(group, resource) !== undefined, expected);
  });
}

const refused: readonly (readonly [string, RegExp])[] = [
  [
    configText(provider('aesgcm', ['a', secretText(17)])),
    /secret is not of the expected length, got 17, expected one of \[16 24 32\]/,
  ],
  [configText(provider('secretbox', ['a', secretText(16)])), /expected one of \[32\]/],
  [configText(provider('aesgcm', ['a', 'not base64!'])), /secrets must be base64 encoded/],
  [configText(provider('kms', ['a', one])), /does not contain any of the expected providers/],
  [configText(`{ identity: {}, aesgcm: { keys: [] } }`), /more than one provider/],
  [configText(), /providers: Required value/],
  [configText(identity).replace('[secrets]', '["*"]'), /use '\*\.'/],
  [configText(identity).replace('[secrets]', '[Secrets]'), /should be lower case/],
];
for (const [text, message] of refused) {
  test(`encryption configuration refused: ${message.source}`, () => {
    assert.throws(() => readEncryptionConfig(testFile('encryption.yaml', text)), message);
  });
}

const keyTable: readonly (readonly [string, string | undefined])[] = [
  ['/registry/secrets/default/x', '/secrets'],
  ['/registry/deployments/default/x', 'apps/deployments'],
  ['/registry/minions/x', '/nodes'],
  ['/registry/services/specs/default/x', '/services'],
  ['/registry/services/endpoints/default/x', '/endpoints'],
  ['/registry/example.org/things/default/x', 'example.org/things'],
  ['/registry/ranges/serviceips', undefined],
  ['/other/secrets/default/x', undefined],
];
for (const [where, expected] of keyTable) {
  test(`${where} is of ${expected}`, () => {
    const resource = resourceOfKey('/registry', definitions)(where);
    assert.equal(resource === undefined ? undefined : `${resource.group}/${resource.plural}`, expected);
  });
}

test('an API server that encrypts serves as any other, and renews what a key of the past wrote', async (t) => {
  const config = testFile('encryption-1.yaml', configText(provider('aesgcm', ['a', one])));
  const registries = new Registries(1, systemClock, (store) => store, undefined, config);
  t.after(() => registries.close());
  const client = registries.at();
  await ensureDefaults(client.registry, client.signal);
  const made = await client.create(kinds.secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'top' },
    stringData: { k: 'v' },
  });
  assert.match(await read(registries.store), /^k8s:enc:aesgcm:v1:a:/);
  const cached = await client.registry.cached(kinds.secrets as unknown as Definition);
  assert.equal(cached.get('default', 'top')?.metadata.uid, made.metadata.uid);
  assert.equal(
    (await client.update(kinds.secrets, made)).metadata.resourceVersion,
    made.metadata.resourceVersion,
    'nothing to do',
  );
  await client.create(kinds.configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain' } });
  assert.match(await read(registries.store, bytes('/registry/configmaps/default/plain')), /^\{"kind":"ConfigMap"/);
});

test('an update that changes nothing writes a stale object with the new key', async (t) => {
  const plain = testFile('encryption-2.yaml', configText(identity));
  const encrypts = testFile('encryption-3.yaml', configText(provider('aesgcm', ['a', one]), identity));
  const before = new Registries(1, systemClock, (store) => store, undefined, plain);
  t.after(() => before.close());
  await ensureDefaults(before.at().registry, before.at().signal);
  const made = await before.at().create(kinds.secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'top' } });
  assert.match(await read(before.store), /^\{"kind"/);
  const after = new Registries(1, systemClock, () => before.store, undefined, encrypts);
  const renewed = await after.at().update(kinds.secrets, made);
  assert.notEqual(renewed.metadata.resourceVersion, made.metadata.resourceVersion);
  assert.match(await read(before.store), /^k8s:enc:aesgcm:v1:a:/);
  await Promise.all(after.all.map((registry) => registry.close()));
});
