import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from '@flotilla/base';
import { StateDir } from '../../state-dir.js';
import { ControlClient } from '../../supervisor/control-client.js';
import { until } from './wait.js';

test('waiting ends at once when the supervisor has ended, with its last words and not those of an earlier run', async (t) => {
  const state = new StateDir(mkdtempSync(join(tmpdir(), 'flotilla-wait-')));
  t.after(() => {
    rmSync(state.root, { recursive: true });
    rmSync(state.sockets, { recursive: true, force: true });
  });
  mkdirSync(state.logs);
  writeFileSync(
    join(state.logs, 'supervisor.log'),
    `Error: of long ago\n${'{"msg":"started"}\n'.repeat(20)}{"msg":"all processes stopped"}\n`,
  );
  const control = new ControlClient(state.controlSocket);
  const context = { state, control, deadlineMs: Number.POSITIVE_INFINITY, signal: new AbortController().signal };
  await assert.rejects(
    until('what never comes', context, async () => undefined),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /^the supervisor has ended; was the cluster stopped meanwhile\?\n {2}.*all processes stopped/);
      return true;
    },
  );
});
