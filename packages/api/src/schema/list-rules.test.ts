import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atomicMaps, atomicStructs, granularStructs, keyDefaults, listRules, valueStructs } from './list-rules.js';
import { modelNames, modelSchema, type Schema } from './schema.js';

const fieldOf = (model: string, field: string): Schema | undefined =>
  modelNames().includes(model) ? modelSchema(model).fields.get(field) : undefined;

test('every rule is about a list or struct that exists, and its keys are members of the items', () => {
  for (const [model, fields] of Object.entries(listRules)) {
    for (const [field, { listType, listMapKeys = [], patchMergeKey }] of Object.entries(fields)) {
      const schema = fieldOf(model, field);
      assert.ok(schema !== undefined, `${model}.${field}`);
      if (listType === undefined && patchMergeKey === undefined) continue;
      assert.equal(schema.type, 'list', `${model}.${field}`);
      const items = schema.type === 'list' ? schema.of : schema;
      assert.equal(listType === 'map', listMapKeys.length > 0, `${model}.${field}`);
      for (const key of [...listMapKeys, ...(patchMergeKey === undefined ? [] : [patchMergeKey])]) {
        assert.ok(items.type === 'ref' && fieldOf(items.model, key) !== undefined, `${model}.${field}: ${key}`);
      }
      if (listType === 'set') assert.notEqual(items.type, 'ref', `${model}.${field}`);
    }
  }
});

test('every other fact is about something that exists', () => {
  for (const model of [...atomicStructs, ...Object.keys(keyDefaults)]) assert.ok(modelNames().includes(model), model);
  for (const path of atomicMaps) {
    const [model = '', field = ''] = path.split('.');
    assert.equal(fieldOf(model, field)?.type, 'map', path);
  }
  for (const path of granularStructs) {
    const [model = '', field = ''] = path.split('.');
    const schema = fieldOf(model, field);
    assert.ok(schema?.type === 'ref' && atomicStructs.has(schema.model), path);
  }
  for (const [model, fields] of Object.entries(valueStructs)) {
    for (const field of fields) assert.equal(fieldOf(model, field)?.type, 'ref', `${model}.${field}`);
  }
});
