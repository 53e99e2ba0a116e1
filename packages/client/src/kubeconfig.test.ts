import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { KubeconfigError, loadKubeconfig } from './index.js';

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function written(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  folders.push(folder);
  await writeFile(join(folder, 'ca.crt'), 'CA');
  await writeFile(join(folder, 'config'), text);
  return join(folder, 'config');
}

const good = `
apiVersion: v1
kind: Config
current-context: here
contexts:
  - name: here
    context: { cluster: c, user: u, namespace: team }
  - name: there
    context: { cluster: c, user: t }
clusters:
  - name: c
    cluster: { server: 'https://10.0.0.1:6443/', certificate-authority: ca.crt }
users:
  - name: u
    user: { client-certificate-data: ${Buffer.from('CERT').toString('base64')}, client-key-data: ${Buffer.from('KEY').toString('base64')} }
  - name: t
    user: { token: secret }
`;

test('reads data and files relative to the kubeconfig', async () => {
  const path = await written(good);
  assert.deepEqual(await loadKubeconfig(path), {
    servers: ['https://10.0.0.1:6443'],
    ca: 'CA',
    cert: 'CERT',
    key: 'KEY',
    namespace: 'team',
  });
  assert.deepEqual(await loadKubeconfig(path, { context: 'there' }), {
    servers: ['https://10.0.0.1:6443'],
    ca: 'CA',
    token: 'secret',
  });
});

for (const [what, text, message] of [
  ['no YAML', '{{{', /^kubeconfig .*\/config is not YAML: .* at line 1, column 4$/],
  ['nothing', '', /is not a kubeconfig/],
  ['no context', 'kind: Config', /no current-context/],
  ['an unknown context', 'current-context: x', /context "x" does not exist/],
  ['a file that is not there', good.replace('ca.crt', 'other.crt'), /cannot be read/],
] as const) {
  test(`says what is wrong: ${what}`, async () => {
    const path = await written(text);
    await assert.rejects(loadKubeconfig(path), (error) => error instanceof KubeconfigError && message.test(error.message));
  });
}
