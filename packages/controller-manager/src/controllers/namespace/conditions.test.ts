import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { conditionsAfter, type EmptyingReport } from './conditions.js';

const nothing: EmptyingReport = { undiscovered: new Map(), failures: [], remaining: new Map(), finalizers: new Map() };
const now = '2026-01-02T00:00:00Z';

describe('conditions of a namespace that is being deleted', () => {
  const fine = conditionsAfter([], nothing, '2026-01-01T00:00:00Z');

  test('all is well', () => {
    assert.deepEqual(
      fine.map(({ type, status, reason }) => `${type}=${status} ${reason}`),
      [
        'NamespaceDeletionDiscoveryFailure=False ResourcesDiscovered',
        'NamespaceDeletionGroupVersionParsingFailure=False ParsedGroupVersions',
        'NamespaceDeletionContentFailure=False ContentDeleted',
        'NamespaceContentRemaining=False ContentRemoved',
        'NamespaceFinalizersRemaining=False ContentHasNoFinalizers',
      ],
    );
    assert.deepEqual(conditionsAfter(fine, nothing, now), fine);
  });

  const rows: readonly (readonly [Partial<EmptyingReport>, string, string, string])[] = [
    [
      { undiscovered: new Map([['metrics.k8s.io/v1beta1', new Error('the server is currently unable to handle the request')]]) },
      ...(['NamespaceDeletionDiscoveryFailure', 'DiscoveryFailed'] as const),
      'Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: ' +
        'metrics.k8s.io/v1beta1: the server is currently unable to handle the request',
    ],
    [
      { failures: [new Error('b'), new Error('a')] },
      ...(['NamespaceDeletionContentFailure', 'ContentDeletionFailed'] as const),
      'Failed to delete all resource types, 2 remaining: a, b',
    ],
    [
      {
        remaining: new Map([
          ['pods.', 2],
          ['boats.example.com', 1],
        ]),
      },
      ...(['NamespaceContentRemaining', 'SomeResourcesRemain'] as const),
      'Some resources are remaining: boats.example.com has 1 resource instances, pods. has 2 resource instances',
    ],
    [
      { finalizers: new Map([['example.com/hold', 3]]) },
      ...(['NamespaceFinalizersRemaining', 'SomeFinalizersRemain'] as const),
      'Some content in the namespace has finalizers remaining: example.com/hold in 3 resource instances',
    ],
  ];
  for (const [report, type, reason, message] of rows) {
    test(reason, () => {
      const changed = conditionsAfter(fine, { ...nothing, ...report }, now).filter((one) => !fine.includes(one));
      assert.deepEqual(changed, [{ type, status: 'True', reason, message, lastTransitionTime: now }]);
    });
  }

  test('conditions of others stay', () => {
    const other = { type: 'Other', status: 'True', reason: 'R', message: 'm', lastTransitionTime: now };
    assert.deepEqual(conditionsAfter([other], nothing, now)[0], other);
    const inherited = { ...other, type: 'constructor' };
    assert.deepEqual(conditionsAfter([inherited], nothing, now)[0], inherited);
  });
});
