import type { Face, FaceOptions } from './face.js';
import { Http2Connection } from './http2-connection.js';
import { compareAndSwapRequest, headerRevision, putRequest, rangeRequest, txnSucceeded } from './messages.js';

/** etcd's own protocol. */
export async function openGrpcFace({ endpoints, connections, credentials }: FaceOptions): Promise<Face> {
  const opened = await Promise.all(
    Array.from({ length: connections }, (_, i) => Http2Connection.connect(endpoints[i % endpoints.length]!, credentials)),
  );
  const connection = (client: number): Http2Connection => opened[client % opened.length]!;
  return {
    async put(client, key, value) {
      await connection(client).unary('/etcdserverpb.KV/Put', putRequest(key, value));
    },
    async range(client, key) {
      await connection(client).unary('/etcdserverpb.KV/Range', rangeRequest(key));
    },
    async compareAndSwap(client, key, modRevision, value) {
      const request = compareAndSwapRequest(key, modRevision, value);
      const answer = await connection(client).unary('/etcdserverpb.KV/Txn', request);
      if (!txnSucceeded(answer)) throw new Error('somebody else wrote the key');
      return headerRevision(answer);
    },
    async close() {
      for (const each of opened) each.close();
    },
  };
}
