import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compiledObjectsMax } from '../../limits.js';
import { CompiledOnce } from './compiled-once.js';

test('an object is compiled once for each of its versions, however often it is decoded', () => {
  let compilations = 0;
  const compiled = new CompiledOnce(({ metadata: { name } }) => `${name} ${++compilations}`);
  const decoded = (uid: string, resourceVersion: string) => ({
    apiVersion: 'v1',
    kind: 'Any',
    metadata: { name: uid, uid, resourceVersion },
  });
  assert.equal(compiled.of(decoded('a', '1')), 'a 1');
  assert.equal(compiled.of(decoded('a', '1')), 'a 1');
  assert.equal(compiled.of(decoded('b', '1')), 'b 2');
  assert.equal(compiled.of(decoded('a', '2')), 'a 3');
  for (let i = 0; i < compiledObjectsMax; i++) compiled.of(decoded(`other-${i}`, '1'));
  assert.match(compiled.of(decoded('a', '2')), /^a \d{4}$/, 'the oldest are forgotten');
});
