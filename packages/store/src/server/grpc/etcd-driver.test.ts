import { silentLogger } from '@flotilla/base';
import { systemClock, systemRandom } from '@flotilla/process';
import type { KeyValueStore } from '@flotilla/store-client';
import { contractSuite, failoverSuite } from '@flotilla/store-client/contract';
import { openEtcd } from '@flotilla/store-client/etcd';
import { LoneMember } from '../lone-member.js';
import { clientTls, serveForTest } from '../serve-for-test.test.js';

const connect = (endpoints: readonly string[]): KeyValueStore =>
  openEtcd({ endpoints, clock: systemClock, random: { next: () => 0 }, log: silentLogger });

contractSuite('gRPC', async () => {
  const { url, close } = await serveForTest();
  return { kv: connect([url]), close };
});

contractSuite('gRPC over mutual TLS', async () => {
  const { url, close } = await serveForTest({ tls: true });
  return {
    kv: openEtcd({ endpoints: [url], tls: clientTls, clock: systemClock, random: systemRandom, log: silentLogger }),
    close,
  };
});

failoverSuite('gRPC', twoMembers, connect);

/** Two servers of one store stand in for a cluster in agreement. */
async function twoMembers() {
  const member = new LoneMember();
  const servers = [await serveForTest({ member }), await serveForTest({ member })];
  return {
    endpoints: servers.map(({ url }) => url),
    close: async () => {
      for (const server of servers) await server.close();
    },
  };
}
