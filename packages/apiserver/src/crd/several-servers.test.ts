import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '@flotilla/api';
import { seededRandom, silentLogger } from '@flotilla/base';
import { systemClock } from '@flotilla/process';
import { cronTabs, until } from '../testing/custom-resources.js';
import { type Loose, Registries } from '../testing/registries.js';
import { WebhookClient } from '../webhooks/webhook-client.js';
import { CustomResources } from './custom-resources.js';

test('what one API server has accepted, another serves when it is asked', async () => {
  const registries = new Registries(2);
  const stop = new AbortController();
  const random = seededRandom(1);
  const tools = {
    clock: systemClock,
    random,
    log: silentLogger,
    signal: stop.signal,
    webhooks: new WebhookClient(systemClock, random),
  };
  const followers = registries.catalogues.map(
    (catalogue, index) => new CustomResources({ registry: registries.at(index).registry, catalogue, ...tools }),
  );
  const served = (index: number) => registries.catalogues[index]?.find('stable.example.com', 'v1', 'crontabs');
  try {
    await Promise.all(followers.map((follower) => follower.load()));
    await registries.at(0).create(kinds.customResourceDefinitions, cronTabs());
    await until(async () => served(0) !== undefined);
    await followers[1]?.catchUp(stop.signal);
    const definition = served(1);
    assert.ok(definition !== undefined);
    await registries.at().namespace();
    const spec = { cronSpec: '* * * * *' };
    await registries.at(1).create(definition, { metadata: { name: 'x' }, spec });
    assert.equal((await registries.at(0).get(served(0) as Loose, 'x')).spec.replicas, 1);
    await registries.at(1).delete(kinds.customResourceDefinitions, 'crontabs.stable.example.com');
    await until(async () => served(0) === undefined && served(1) === undefined);
  } finally {
    stop.abort();
    await registries.close();
  }
});
