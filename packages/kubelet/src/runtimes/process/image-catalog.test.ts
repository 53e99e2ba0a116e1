import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RuntimeError } from '../runtime.js';
import { builtInCatalog, ImageCatalog, parseCatalogImage } from './image-catalog.js';

test('names are found with registry, tag and digest, the most exact first', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-catalog-'));
  t.after(() => rm(folder, { recursive: true }));
  const catalog = new ImageCatalog([builtInCatalog, folder]);
  for (const name of ['flotilla/hello', 'flotilla/hello:latest', 'docker.io/flotilla/hello:1.2@sha256:0000', 'flotilla/pause']) {
    assert.ok(catalog.get(name) !== undefined, name);
  }
  const spec = { image: 'registry.example.org:5000/shop/cart:v2', command: [] };
  assert.throws(() => catalog.pull(spec), /not in the catalogue.*name a command.*or add a JSON file/);
  await writeFile(
    join(folder, 'cart.json'),
    JSON.stringify({ name: 'registry.example.org:5000/shop/cart', command: ['node', './cart.mjs'] }),
  );
  assert.match(catalog.pull(spec).ref, /^process:\/\/registry\.example\.org:5000\/shop\/cart@sha256:[0-9a-f]{64}$/);
  assert.deepEqual(catalog.get(spec.image)?.command, [process.execPath, join(folder, 'cart.mjs')]);
  await writeFile(
    join(folder, 'cart-v2.json'),
    JSON.stringify({ name: 'registry.example.org:5000/shop/cart:v2', command: ['true'] }),
  );
  assert.deepEqual(new ImageCatalog([folder]).get(spec.image)?.command, ['true']);
  assert.equal(catalog.pull({ image: 'whatever', command: ['ls'] }).ref, 'process://whatever');
});

test('a bad description is refused with its file and what is wrong', () => {
  for (const [text, problem] of [
    ['{', 'JSON'],
    ['null', '"name"'],
    ['{"name": ""}', '"name"'],
    ['{"name": "x"}', '"command"'],
    ['{"name": "x", "command": []}', '"command"'],
    ['{"name": "x", "command": [1]}', '"command"'],
    ['{"name": "x", "command": ["a"], "args": "b"}', '"args"'],
    ['{"name": "x", "command": ["a"], "env": [{"name": "A"}]}', '"env"'],
    ['{"name": "x", "command": ["a"], "workingDir": 1}', '"workingDir"'],
  ] as const) {
    assert.throws(
      () => parseCatalogImage('/images/x.json', text),
      (error) => error instanceof RuntimeError && error.message.includes('/images/x.json') && error.message.includes(problem),
      text,
    );
  }
});
