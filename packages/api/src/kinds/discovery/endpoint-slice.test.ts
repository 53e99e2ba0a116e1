import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaint, created, updated } from '../../testing/refusal.js';
import { kinds } from '../kinds.js';

const slice = { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 80 }] };

test('ports of a slice are judged before its endpoints, and any number is one', () => {
  assert.equal(complaint(kinds.endpointSlices, { ...slice, ports: [{ port: 0 }] }), '');
  assert.equal(
    complaint(kinds.endpointSlices, { ...slice, ports: [{ protocol: 'X' }], endpoints: [{ addresses: [] }] }),
    '[ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP", endpoints[0].addresses: Required value: must contain at least 1 address]',
  );
});

test('endpoints that stay as they were stay, those that change are judged', () => {
  const old = created(kinds.endpointSlices, slice);
  Object.assign(old, { endpoints: [{ addresses: ['here'] }] });
  assert.doesNotThrow(() => updated(kinds.endpointSlices, old, { metadata: { labels: { a: 'b' } } }));
  const change = { endpoints: [{ addresses: ['there'] }] };
  assert.throws(() => updated(kinds.endpointSlices, old, change), /endpoints\[0\]\.addresses\[0\]: Invalid value: "there"/);
});

test('labels of a slice count as a generation, other metadata does not', () => {
  const old = created(kinds.endpointSlices, slice);
  const generation = (metadata: object) => updated(kinds.endpointSlices, old, { metadata }).metadata.generation;
  assert.equal(generation({ labels: { a: 'b' } }), 2);
  assert.equal(generation({ annotations: { a: 'b' } }), 1);
});

test('where endpoints are is not said in the words of old', () => {
  const endpoint = { addresses: ['10.0.0.1'], deprecatedTopology: { zone: 'z' } };
  const made = created(kinds.endpointSlices, { ...slice, endpoints: [endpoint] });
  assert.deepEqual(Reflect.get(made, 'endpoints'), slice.endpoints);
  assert.deepEqual(Reflect.get(updated(kinds.endpointSlices, made, { endpoints: [endpoint] }), 'endpoints'), slice.endpoints);
});
