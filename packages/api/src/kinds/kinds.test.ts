import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableOf } from '../columns/table.js';
import { cloneJson } from '../json.js';
import { localConversion } from '../local-conversion.js';
import type { KubernetesObject } from '../objects.js';
import { atomicStructs, listRules } from '../schema/list-rules.js';
import { modelNames, modelSchema } from '../schema/schema.js';
import { decodeObject } from '../strategy/decode-object.js';
import { applyDefaults, prepareForCreate } from '../strategy/prepare.js';
import { definitionOf, definitionOfKind, definitions, kinds } from './kinds.js';

const models = new Set(modelNames());

for (const definition of definitions) {
  const { group, version, kind, plural } = definition;
  test(`${plural}.${group} is complete and tells no lies about its schema`, () => {
    assert.equal(
      definitions.filter((other) => other.plural === plural && other.group === group && other.version === version).length,
      1,
    );
    assert.ok(models.has(definition.model), `${definition.model} is generated`);
    const isListed = definition.verbs.includes('list');
    assert.equal(models.has(`${definition.model}List`), isListed, `whether ${definition.model}List is generated`);
    assert.equal(definition.plural, definition.plural.toLowerCase());
    assert.equal(
      definitionOf({ group, resource: plural }),
      definitions.find((one) => one.group === group && one.plural === plural),
    );
    assert.equal(definitionOfKind({ apiVersion: group === '' ? version : `${group}/${version}`, kind }), definition);
    const sharing = definitions.filter((other) => other.storagePath === definition.storagePath && other !== definition);
    for (const other of sharing)
      assert.ok(other.conversion !== undefined || definition.conversion !== undefined, 'shared storage needs a conversion');
    const { fields } = modelSchema(definition.model);
    if (definition.subresources.some(({ name }) => name === 'status')) assert.ok(fields.has('status'));
    if (definition.subresources.some(({ name }) => name === 'scale')) assert.ok(definition.scale !== undefined);
    assert.equal(definition.columns[0]?.format === 'name' || definition.columns.some(({ format }) => format === 'name'), true);
  });

  test(`${plural}.${group}: defaults take anything and change nothing twice; hooks and columns stand empty objects`, () => {
    const draft = decodeObject(definition, { metadata: { name: 'x', namespace: 'default' } }).object;
    applyDefaults(definition, draft);
    const once = cloneJson(draft);
    applyDefaults(definition, draft);
    assert.deepEqual(draft, once);
    prepareForCreate(definition, draft);
    definition.validate?.(draft);
    const old = cloneJson(draft) as unknown as KubernetesObject;
    definition.prepareForUpdate?.(draft, old);
    definition.validateUpdate?.(draft, old);
  });
}

test('every list rule speaks of a member that there is, and of the right type', () => {
  for (const [model, members] of Object.entries(listRules)) {
    assert.ok(models.has(model), model);
    for (const [field, rule] of Object.entries(members)) {
      const schema = modelSchema(model).fields.get(field);
      assert.ok(schema !== undefined, `${model}.${field}`);
      if (rule.patchStrategy === 'retainKeys' || rule.patchStrategy === 'replace') continue;
      assert.equal(schema.type, 'list', `${model}.${field}`);
      if (schema.type !== 'list') continue;
      for (const key of [...(rule.listMapKeys ?? []), ...(rule.patchMergeKey === undefined ? [] : [rule.patchMergeKey])]) {
        assert.ok(
          schema.of.type === 'ref' && modelSchema(schema.of.model).fields.has(key),
          `${model}.${field} has items with ${key}`,
        );
      }
    }
  }
  for (const model of atomicStructs) assert.ok(models.has(model), model);
});

test('storage paths are those under which Kubernetes keeps its objects', () => {
  const wanted: readonly (readonly [string, string])[] = [
    [kinds.pods.storagePath, 'pods'],
    [kinds.services.storagePath, 'services/specs'],
    [kinds.endpoints.storagePath, 'services/endpoints'],
    [kinds.nodes.storagePath, 'minions'],
    [kinds.leases.storagePath, 'leases'],
    [kinds.endpointSlices.storagePath, 'endpointslices'],
    [kinds.deployments.storagePath, 'deployments'],
    [kinds.eventsV1.storagePath, 'events'],
  ];
  for (const [path, name] of wanted) assert.equal(path, name);
});

test('an event is the same in both of its groups', () => {
  const stored = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e', namespace: 'default' },
    involvedObject: { kind: 'Pod', name: 'p' },
    message: 'm',
    count: 2,
    reason: 'r',
  };
  const conversion = localConversion(kinds.eventsV1);
  assert.ok(conversion);
  const view = conversion.fromStorage(stored);
  assert.deepEqual(view, {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: stored.metadata,
    regarding: { kind: 'Pod', name: 'p' },
    note: 'm',
    deprecatedCount: 2,
    reason: 'r',
  });
  assert.deepEqual(conversion.toStorage(view), stored);
  assert.deepEqual(tableOf(kinds.eventsV1, [view], 0).rows[0]?.cells, tableOf(kinds.events, [stored], 0).rows[0]?.cells);
});

test('names are checked by the rule of their kind', () => {
  const cases: readonly [keyof typeof kinds, string, boolean][] = [
    ['pods', 'web-1.example', true],
    ['pods', 'Web', false],
    ['pods', 'a'.repeat(253), true],
    ['pods', 'a'.repeat(254), false],
    ['services', '1web', false],
    ['services', 'web.1', false],
    ['namespaces', '1web', true],
    ['namespaces', 'a.b', false],
    ['clusterRoles', 'system:node', true],
    ['clusterRoles', 'a/b', false],
    ['clusterRoles', '..', false],
  ];
  for (const [kind, name, fine] of cases)
    assert.equal(kinds[kind].nameProblems(name, false).length === 0, fine, `${kind} ${name}`);
  assert.deepEqual(kinds.pods.nameProblems('web-', true), []);
  assert.equal(kinds.pods.nameProblems('web-', false).length, 1);
});

test('the scale of a deployment tells its selector as text', () => {
  const selector = { matchLabels: { b: '2', a: '1' }, matchExpressions: [{ key: 'c', operator: 'In', values: ['y', 'x'] }] };
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: {}, spec: { selector, template: {} } };
  assert.equal(kinds.deployments.scale?.selector(deployment), 'a=1,b=2,c in (x,y)');
});
