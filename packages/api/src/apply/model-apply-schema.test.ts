import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelApplySchema } from './model-apply-schema.js';

test('a reference is owned as a whole, but for the claim of a volume, of which each member has an owner', () => {
  const atomic = (model: string, field: string) => {
    const schema = modelApplySchema(model).field(field);
    return schema?.kind === 'map' && schema.atomic;
  };
  assert.equal(atomic('Event', 'involvedObject'), true);
  assert.equal(atomic('PersistentVolumeSpec', 'claimRef'), false);
  assert.equal(atomic('PodSpec', 'nodeSelector'), true);
});
