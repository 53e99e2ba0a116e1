import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeCommand } from '@flotilla/mvcc';
import { GrpcClient } from '../grpc/grpc-client.test.js';
import { serveForTest } from '../serve-for-test.test.js';

test('a physical compaction is answered when the space is there again, another one at once', { timeout: 20_000 }, async (t) => {
  const server = await serveForTest();
  const client = new GrpcClient(`127.0.0.1:${server.port}`);
  t.after(async () => {
    client.close();
    await server.close();
  });
  const { store } = server.member;
  const putAll = async () => {
    for (let i = 0; i < 5_000; i++) {
      const key = new Uint8Array(Buffer.from(`key ${i}`));
      await server.member.propose(encodeCommand({ put: { key, value: key } }));
    }
    return store.bytes;
  };
  const once = await putAll();
  await putAll();
  await client.call('etcdserverpb.KV/Compact', { revision: store.revision - 1 });
  assert.ok(store.bytes > once, 'more than one command removes');
  await client.call('etcdserverpb.KV/Compact', { revision: store.revision, physical: true });
  assert.equal(store.bytes, once);
});
