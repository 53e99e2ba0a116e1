import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestServer } from '../testing/api-servers.js';
import { attack } from '../testing/fuzz/fuzz.js';
import { serverTarget } from '../testing/fuzz/server-target.js';

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
after(() => server.close());

for (const seed of [1, 2, 3]) {
  test(`whatever a body is turned into, the client is told what is wrong with it (seed ${seed})`, async () => {
    await attack([serverTarget(server)], seed, 150);
    assert.equal((await server.call('/api/v1/namespaces/default/configmaps')).code, 200);
  });
}
