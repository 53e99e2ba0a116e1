import { silentLogger } from '@flotilla/base';
import { systemClock, systemRandom } from '@flotilla/process';
import { contractSuite } from '@flotilla/store-client/contract';
import { openEtcd } from '@flotilla/store-client/etcd';
import { clientTls, serveForTest } from '../serve-for-test.test.js';

contractSuite('gRPC', async () => {
  const { url, close } = await serveForTest();
  return { kv: openEtcd({ endpoints: [url], clock: systemClock, random: systemRandom, log: silentLogger }), close };
});

contractSuite('gRPC over mutual TLS', async () => {
  const { url, close } = await serveForTest({ tls: true });
  return {
    kv: openEtcd({ endpoints: [url], tls: clientTls, clock: systemClock, random: systemRandom, log: silentLogger }),
    close,
  };
});
