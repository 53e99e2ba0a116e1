import { silentLogger } from '@flotilla/base';
import { systemClock, systemRandom } from '@flotilla/process';
import { type KeyValueStore, openNative, prefixEnd } from '@flotilla/store-client';
import type { Face, FaceOptions } from './face.js';

/** Our own protocol, with the driver that the API server uses. */
export async function openNativeFace({ endpoints, connections, credentials, failOver }: FaceOptions): Promise<Face> {
  const stores = Array.from({ length: connections }, (_, i) =>
    openNative({
      endpoints: failOver === true ? endpoints : [endpoints[i % endpoints.length]!],
      ...(credentials === undefined ? {} : { tls: credentials }),
      ...{ clock: systemClock, random: systemRandom, log: silentLogger },
    }),
  );
  await Promise.all(stores.map((store) => store.status()));
  const store = (client: number): KeyValueStore => stores[client % stores.length]!;
  return {
    async put(client, key, value) {
      await store(client).put({ key, value });
    },
    async range(client, key) {
      await store(client).range({ key });
    },
    async compareAndSwap(client, key, modRevision, value) {
      const { succeeded, revision } = await store(client).txn({
        compare: [{ key, target: { modRevision }, result: 'equal' }],
        success: [{ put: { key, value } }],
        failure: [{ range: { key } }],
      });
      if (!succeeded) throw new Error('somebody else wrote the key');
      return revision;
    },
    async watch(client, prefix, onValue) {
      const watch = store(client).watch({ key: prefix, rangeEnd: prefixEnd(prefix) });
      void (async () => {
        for await (const { events } of watch) for (const { kv } of events) onValue(kv.value);
      })();
      await watch.created;
    },
    async close() {
      await Promise.all(stores.map((each) => each.close()));
    },
  };
}
