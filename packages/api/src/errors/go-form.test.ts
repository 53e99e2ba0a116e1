import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goForm } from './go-form.js';

test('a struct of Go has all its members, by names of its own', () => {
  const value = { name: 'n', apiGroup: 'g', nodeID: 'i', other: 1 };
  const shape = { APIGroup: '', Kind: '', Name: '', NodeID: '', Keys: null } as const;
  assert.equal(JSON.stringify(goForm(value, shape)), '{"APIGroup":"g","Kind":"","Name":"n","NodeID":"i","Keys":null}');
});
