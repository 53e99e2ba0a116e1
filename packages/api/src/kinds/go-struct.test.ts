import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goStruct } from './go-struct.js';

test('a struct of Go has all its members, by names of its own', () => {
  const value = { name: 'n', apiGroup: 'g', nodeID: 'i', other: 1 };
  const zeros = { APIGroup: '', Kind: '', Name: '', NodeID: '', Keys: null };
  assert.equal(JSON.stringify(goStruct(value, zeros)), '{"APIGroup":"g","Kind":"","Name":"n","NodeID":"i","Keys":null}');
});
