import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '@flotilla/api';
import { type Loose, Registries } from '../testing/registries.js';
import { defaultFlowSchemas, ensureFlowConfig } from './ensure-flow-config.js';
import { autoupdateSpec } from './suggested.js';

test('flow schemas follow what is shipped, those of others stay', async (t) => {
  const registries = new Registries(2);
  t.after(() => registries.close());
  const client = registries.at();
  const ensure = () => Promise.all(registries.all.map((registry) => ensureFlowConfig(registry, client.signal)));
  const names = async () => {
    const { items } = await client.list(kinds.flowSchemas);
    return items.map(({ metadata }: Loose) => metadata.name).sort();
  };
  await ensure();
  const shipped = defaultFlowSchemas.map(({ metadata }) => metadata.name).sort();
  assert.deepEqual(await names(), shipped);
  const spec = { priorityLevelConfiguration: { name: 'workload-low' }, matchingPrecedence: 150, rules: [] };
  const make = (name: string, annotation: string | undefined) =>
    client.create(kinds.flowSchemas, {
      metadata: { name, ...(annotation === undefined ? {} : { annotations: { [autoupdateSpec]: annotation } }) },
      spec,
    });
  await make('shipped-before', 'true');
  await make('taken-over', 'false');
  await make('own', undefined);
  const probes = await client.get(kinds.flowSchemas, 'probes');
  await client.patch(kinds.flowSchemas, 'probes', { spec: { matchingPrecedence: 7 } });
  await ensure();
  assert.deepEqual(await names(), [...shipped, 'own', 'taken-over'].sort());
  assert.deepEqual((await client.get(kinds.flowSchemas, 'probes')).spec, probes.spec);
});
