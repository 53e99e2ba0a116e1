import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { output } from '../../harness/command.js';
import type { Row } from '../measuring/report.js';

const main = fileURLToPath(new URL('../main.js', import.meta.url));

test('bench store runs through, and each face does work without a failure', async () => {
  const args = [
    'store',
    '--quick',
    '--against',
    'none',
    '--only',
    'put,fan-out',
    '--clients',
    '8',
    '--seconds',
    '0.2',
    '-o',
    'json',
  ];
  const rows = JSON.parse(await output(process.execPath, [main, ...args], { timeoutMs: 120_000 })) as Row[];
  const worked = rows.filter(({ figures }) => figures['ops/s']! > 0 && figures['failed'] === 0);
  assert.deepEqual(
    worked.map(({ measure, subject }) => `${subject}: ${measure}`),
    ['native', 'grpc', 'json'].map((face) => `flotilla ${face}: put 8 × 256 B`),
  );
  assert.equal(rows.filter((row) => row.figures['events/s']! > 0).length, 4, 'two faces, two windows');
});
