// Writes src/generated/ from the models of @kubernetes/client-node: TypeScript types, compact schemas, descriptions.
// Deterministic; does nothing when neither the models nor these scripts have changed.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readModels } from './read-models.mjs';
import { renderDescriptions, renderSchemas, renderTypes } from './render.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, '..', 'src', 'generated');
const clientNode = dirname(dirname(createRequire(import.meta.url).resolve('@kubernetes/client-node')));

const stamp = createHash('sha256');
stamp.update(readFileSync(join(clientNode, 'package.json')));
for (const script of ['generate.mjs', 'read-models.mjs', 'render.mjs']) stamp.update(readFileSync(join(here, script)));
const wanted = stamp.digest('hex');

if (readOr(join(output, 'stamp'), '') !== wanted) {
  const models = readModels(join(clientNode, 'dist', 'gen', 'models'));
  mkdirSync(output, { recursive: true });
  writeFileSync(join(output, 'types.ts'), renderTypes(models));
  writeFileSync(join(output, 'schemas.ts'), renderSchemas(models));
  writeFileSync(join(output, 'descriptions.ts'), renderDescriptions(models));
  writeFileSync(join(output, 'stamp'), wanted);
}

function readOr(path, fallback) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
