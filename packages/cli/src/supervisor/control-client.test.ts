import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ControlClient } from './control-client.js';

test('a supervisor that is killed while it is asked is no supervisor', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-control-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'socket');
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    server.close();
    socket.destroy();
  });
  server.listen(path);
  await once(server, 'listening');
  assert.equal(await new ControlClient(path).processes(), undefined);
  assert.equal(connections, 1);
});
