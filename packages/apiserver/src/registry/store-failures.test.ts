import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kinds, StatusError } from '@flotilla/api';
import { failingWrites } from '../testing/failing-writes.js';
import { configMap, failure, Registries } from '../testing/registries.js';

describe('when the store fails', () => {
  async function start() {
    const failures = failingWrites();
    const registries = new Registries(1, undefined, failures.wrap);
    const client = registries.at();
    await client.namespace();
    return { failures, registries, client };
  }

  test('a write that was not sent is refused at once, in the words of the store', async () => {
    const { failures, registries, client } = await start();
    failures.fail('unavailable');
    const call = client.create(kinds.configMaps, configMap('a'));
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof StatusError);
      assert.deepEqual([error.code, error.reason, error.message], [503, 'ServiceUnavailable', 'etcdserver: no leader']);
      assert.equal(error.details?.retryAfterSeconds, undefined, 'a delay would make kubectl try ten times before it says so');
      return true;
    });
    await client.create(kinds.configMaps, configMap('a'));
    await registries.close();
  });

  for (const lost of ['answer-lost', 'request-lost'] as const) {
    test(`a write of unknown outcome is tried once, and the client is told so (${lost})`, async () => {
      const { failures, registries, client } = await start();
      const object = await client.create(kinds.configMaps, configMap('a', { data: { n: '1' } }));
      const calls = [
        () => client.create(kinds.configMaps, configMap('b')),
        () => client.update(kinds.configMaps, { ...object, data: { n: '2' } }),
        () => client.patch(kinds.configMaps, 'a', { data: { n: '3' } }),
        () => client.delete(kinds.configMaps, 'a'),
      ];
      for (const call of calls) {
        await client.list(kinds.configMaps); // the cache knows what the call before did
        failures.fail(lost);
        const before = failures.sent;
        assert.match(
          await failure(call()),
          /^504 Timeout: Timeout: etcdserver: request timed out; the request may or may not have taken effect$/,
        );
        assert.equal(failures.sent, before + 1);
      }
      await registries.close();
    });
  }

  test('a lost answer can be looked up: the write is there, exactly once', async () => {
    const { failures, registries, client } = await start();
    failures.fail('answer-lost');
    await failure(client.create(kinds.configMaps, configMap('once', { data: { n: '1' } })));
    assert.match(await failure(client.create(kinds.configMaps, configMap('once'))), /^409 AlreadyExists/);
    assert.equal((await client.get(kinds.configMaps, 'once')).data.n, '1');
    await registries.close();
  });
});
