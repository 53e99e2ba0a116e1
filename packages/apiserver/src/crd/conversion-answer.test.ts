import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '@flotilla/api';
import { acceptConverted, ConvertedObjectError, convertedObjects } from './conversion-answer.js';

describe('an answer to a review', () => {
  const review = (version: string) => ({ kind: 'ConversionReview', apiVersion: `apiextensions.k8s.io/${version}` });
  const response = { result: { status: 'Success' }, convertedObjects: [1] };

  test('of v1 says what it is, and for which review', () => {
    assert.deepEqual(convertedObjects(review('v1'), 'u', { ...review('v1'), response: { ...response, uid: 'u' } }), [1]);
    assert.throws(
      () => convertedObjects(review('v1'), 'u', { response: { ...response, uid: 'u' } }),
      /^Error: expected webhook response of/,
    );
    assert.throws(
      () => convertedObjects(review('v1'), 'u', { ...review('v1'), response }),
      /^Error: expected response\.uid="u", got ""$/,
    );
  });

  test('of v1beta1 need not', () => {
    assert.deepEqual(convertedObjects(review('v1beta1'), 'u', { response }), [1]);
    assert.throws(() => convertedObjects(review('v1beta1'), 'u', {}), /^Error: no response provided$/);
  });
});

describe('a converted object', () => {
  const metadata = { name: 'n', namespace: 'ns', uid: 'u', labels: { a: 'b' }, annotations: { c: 'd' }, finalizers: ['x/y'] };
  const original: KubernetesObject = { apiVersion: 'g/v1', kind: 'K', metadata };
  const wanted = { apiVersion: 'g/v2', kind: 'K' };

  test('keeps its metadata, but for labels and annotations', () => {
    const converted = { ...wanted, metadata: { ...metadata, finalizers: [], labels: { e: 'f' }, annotations: null }, spec: 1 };
    const { labels: _labels, annotations: _annotations, ...kept } = metadata;
    assert.deepEqual(acceptConverted(original, converted, 'g/v2'), {
      ...wanted,
      metadata: { ...kept, labels: { e: 'f' } },
      spec: 1,
    });
  });

  const rows: readonly (readonly [object, ConvertedObjectError['part'], string])[] = [
    [{ apiVersion: 'g/v3' }, 'version', 'invalid groupVersion (expected g/v2, received g/v3)'],
    [{ kind: 'L' }, 'version', 'invalid kind (expected K, received L)'],
    [{ metadata: undefined }, 'identity', 'must have the same name: n != '],
    [{ metadata: { ...metadata, name: 'm' } }, 'identity', 'must have the same name: n != m'],
    [{ metadata: { ...metadata, namespace: 'x' } }, 'identity', 'must have the same namespace: ns != x'],
    [{ metadata: { ...metadata, uid: 'v' } }, 'identity', 'must have the same UID: u != v'],
    [{ metadata: { ...metadata, labels: [] } }, 'metadata', 'invalid metadata.labels of type []interface {} in converted object'],
    [
      { metadata: { ...metadata, annotations: { a: 1 } } },
      'metadata',
      'metadata.annotations[a] must be a string, but is int64 in converted object',
    ],
    [{ metadata: { ...metadata, labels: { '-': 'x' } } }, 'metadata', 'metadata.labels: Invalid value: "-": '],
  ];
  for (const [change, part, message] of rows) {
    test(message, () => {
      assert.throws(
        () => acceptConverted(original, { ...wanted, metadata, ...change }, 'g/v2'),
        (error) => error instanceof ConvertedObjectError && error.part === part && error.message.startsWith(message),
      );
    });
  }

  test('may have labels as wrong as they were', () => {
    const old = { ...original, metadata: { ...metadata, labels: { '-': 'x' } } };
    assert.equal(acceptConverted(old, { ...old, ...wanted }, 'g/v2').metadata.labels?.['-'], 'x');
  });
});
