import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Container, Pod, Volume } from '@flotilla/api';
import { ManualClock } from '@flotilla/base';
import { VolumeError, VolumeManager } from './volume-manager.js';

function podWith(volumes: Volume[]): Pod {
  const metadata = { name: 'web', namespace: 'default', uid: 'u', labels: { app: 'web' } };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [], volumes } };
}

async function open(t: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-volumes-'));
  t.after(() => rm(dir, { recursive: true }));
  const settings: Record<string, string> = { color: 'blue', shape: 'round' };
  const clock = new ManualClock();
  const manager = new VolumeManager({
    podsDir: join(dir, 'pods'),
    logsDir: join(dir, 'logs'),
    clock,
    context: {
      hostIp: '127.1.0.1',
      config: {
        configMap: async (_namespace, name) =>
          name === 'settings' ? { data: settings, binaryData: { raw: 'AAE=' } } : undefined,
        secret: async (_namespace, name) =>
          name === 'login' ? { password: Buffer.from('s3cret').toString('base64') } : undefined,
      },
      token: async (_pod, audience) => `token for ${audience}`,
    },
    nodeAllocatable: () => ({ cpu: '4' }),
  });
  return { dir, manager, settings, clock };
}

test('every kind of volume becomes a folder', async (t) => {
  const { dir, manager } = await open(t);
  const pod = podWith([
    { name: 'scratch', emptyDir: {} },
    { name: 'config', configMap: { name: 'settings', items: [{ key: 'color', path: 'deep/color.txt', mode: 0o600 }] } },
    { name: 'whole', configMap: { name: 'settings' } },
    { name: 'secret', secret: { secretName: 'login' } },
    { name: 'maybe', secret: { secretName: 'none', optional: true } },
    { name: 'about', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    {
      name: 'all',
      projected: {
        sources: [
          { secret: { name: 'login' } },
          { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
          { serviceAccountToken: { path: 'token', audience: 'api' } },
        ],
      },
    },
    { name: 'host', hostPath: { path: join(dir, 'made'), type: 'DirectoryOrCreate' } },
  ]);
  const paths = await manager.prepare(pod, '127.1.1.2');
  const read = (volume: string, file: string) => readFile(join(paths.get(volume) ?? '', file), 'utf8');
  assert.equal(await read('config', 'deep/color.txt'), 'blue');
  assert.equal((await stat(join(paths.get('config') ?? '', 'deep/color.txt'))).mode & 0o777, 0o600);
  assert.equal(await read('whole', 'shape'), 'round');
  assert.equal(await read('whole', 'raw'), '\0\u0001');
  assert.equal(await read('secret', 'password'), 's3cret');
  assert.equal(await read('about', 'labels'), 'app="web"');
  assert.deepEqual(
    [await read('all', 'password'), await read('all', 'name'), await read('all', 'token')],
    ['s3cret', 'web', 'token for api'],
  );
  assert.equal(paths.get('host'), join(dir, 'made'));
  assert.ok((await stat(join(dir, 'made'))).isDirectory());
  await manager.remove(pod);
  assert.deepEqual(await readdir(join(dir, 'pods')), []);
  assert.ok((await stat(join(dir, 'made'))).isDirectory());
});

test('a change arrives at once for all files, and keys that are gone disappear', async (t) => {
  const { manager, settings, clock } = await open(t);
  const pod = podWith([{ name: 'config', configMap: { name: 'settings' } }]);
  const path = (await manager.prepare(pod, '')).get('config') ?? '';
  const visible = async () => (await readdir(path)).filter((name) => !name.startsWith('..')).sort();
  assert.deepEqual(await visible(), ['color', 'raw', 'shape']);
  const before = await readdir(path);
  clock.advance(1_000);
  await manager.prepare(pod, '');
  assert.deepEqual(await readdir(path), before, 'unchanged content is not written again');
  delete settings['shape'];
  settings['color'] = 'red';
  clock.advance(1_000);
  await manager.prepare(pod, '');
  assert.deepEqual(await visible(), ['color', 'raw']);
  assert.equal(await readFile(join(path, 'color'), 'utf8'), 'red');
  assert.equal((await readdir(path)).filter((name) => name.startsWith('..2')).length, 1);
});

test('what cannot be set up says which volume and why', async (t) => {
  const { dir, manager } = await open(t);
  await mkdir(join(dir, 'folder'));
  await writeFile(join(dir, 'file'), '');
  for (const [volume, problem] of [
    [{ name: 'v', configMap: { name: 'none' } }, 'configmap "none" not found'],
    [{ name: 'v', secret: { secretName: 'none' } }, 'secret "none" not found'],
    [
      { name: 'v', configMap: { name: 'settings', items: [{ key: 'no', path: 'no' }] } },
      'configmap "settings" references non-existent key: no',
    ],
    [{ name: 'v', configMap: { name: 'settings', items: [{ key: 'color', path: '../out' }] } }, 'invalid path: ../out'],
    [
      { name: 'v', hostPath: { path: join(dir, 'none'), type: 'Directory' } },
      `hostPath type check failed: ${join(dir, 'none')} is not a directory`,
    ],
    [
      { name: 'v', hostPath: { path: join(dir, 'folder'), type: 'File' } },
      `hostPath type check failed: ${join(dir, 'folder')} is not a file`,
    ],
    [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }, 'volumes of type persistentVolumeClaim are not supported'],
  ] as const) {
    await assert.rejects(
      manager.prepare(podWith([volume]), ''),
      new VolumeError(`MountVolume.SetUp failed for volume "v" : ${problem}`),
    );
  }
});

test('mounts may be a part of a volume, but nothing outside of it', async (t) => {
  const { manager } = await open(t);
  const pod = podWith([{ name: 'v', emptyDir: {} }]);
  const volumes = new Map([['v', '/volumes/v']]);
  const container = (mount: object): Container => ({
    name: 'c',
    env: [{ name: 'WHO', value: 'me' }],
    volumeMounts: [{ name: 'v', mountPath: '/data', ...mount }],
  });
  const hostPath = (mount: object) => manager.mounts(pod, container(mount), volumes)[0]?.hostPath;
  assert.equal(hostPath({}), '/volumes/v');
  assert.equal(hostPath({ subPath: 'a/b' }), '/volumes/v/a/b');
  assert.equal(hostPath({ subPathExpr: 'logs/$(WHO)' }), '/volumes/v/logs/me');
  for (const subPath of ['../x', 'a/../../x', '/etc']) assert.throws(() => hostPath({ subPath }), VolumeError, subPath);
  assert.throws(() => hostPath({ name: 'none' }), VolumeError);
});
