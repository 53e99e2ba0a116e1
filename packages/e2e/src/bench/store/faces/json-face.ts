import { Pool } from 'undici';
import type { Face, FaceOptions } from './face.js';

/** etcd's JSON gateway. A connection carries one call at a time. */
export async function openJsonFace({ endpoints, connections, credentials }: FaceOptions): Promise<Face> {
  const pools = endpoints.map(
    (endpoint) =>
      new Pool(endpoint, {
        connections: Math.ceil(connections / endpoints.length),
        ...(credentials === undefined ? {} : { connect: { ...credentials } }),
      }),
  );
  async function call(client: number, path: string, body: object): Promise<string> {
    const pool = pools[client % pools.length]!;
    const headers = { 'content-type': 'application/json' };
    const response = await pool.request({ path, method: 'POST', headers, body: JSON.stringify(body) });
    const text = await response.body.text();
    if (response.statusCode !== 200) throw new Error(text);
    return text;
  }
  return {
    async put(client, key, value) {
      await call(client, '/v3/kv/put', { key: base64(key), value: base64(value) });
    },
    async range(client, key) {
      await call(client, '/v3/kv/range', { key: base64(key) });
    },
    async compareAndSwap(client, key, modRevision, value) {
      const name = base64(key);
      const text = await call(client, '/v3/kv/txn', {
        compare: [{ key: name, target: 'MOD', result: 'EQUAL', mod_revision: String(modRevision) }],
        success: [{ request_put: { key: name, value: base64(value) } }],
        failure: [{ request_range: { key: name } }],
      });
      const answer = JSON.parse(text) as { succeeded?: boolean; header?: { revision?: string } };
      if (answer.succeeded !== true) throw new Error('somebody else wrote the key');
      return Number(answer.header?.revision);
    },
    watch: () => Promise.reject(new Error('watches are not measured through the gateway')),
    async close() {
      await Promise.all(pools.map((pool) => pool.destroy()));
    },
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
