import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Definition, kinds } from '@flotilla/api';
import type { Attributes } from '../../../auth/authorizers/authorizer.js';
import { noRules } from '../../../auth/authorizers/authorizer.js';
import { LiveCatalogue } from '../../../catalogue/catalogue.js';
import { servedDefinitions } from '../../../crd/served-definitions.js';
import { type Loose, pod } from '../../../testing/registries.js';
import type { AdmissionReads, AdmissionRequest } from '../../admission.js';
import { ownerReferencesPermissionEnforcement } from './index.js';

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'u1' };
const blocking = { ...owner, blockOwnerDeletion: true };

/** Only the catalogue is asked. */
const reads: AdmissionReads = {
  catalogue: new LiveCatalogue(servedDefinitions),
  cached: () => Promise.reject(new Error('nothing is read')),
  live: () => Promise.reject(new Error('nothing is read')),
  replace: () => Promise.reject(new Error('nothing is written')),
};

/** @param may what the user may do, as `verb resource/subresource name` */
async function outcome(now: Loose[], before: Loose[] | undefined, may: readonly string[]): Promise<string> {
  const plugin = ownerReferencesPermissionEnforcement({
    name: 'list',
    rulesFor: () => noRules,
    authorize({ verb, resource, subresource, name }: Attributes) {
      const asked = `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`} ${name}`;
      return may.includes(asked) ? { verdict: 'allow', reason: '' } : { verdict: 'no-opinion', reason: '' };
    },
  });
  const withOwners = (ownerReferences: Loose[]) => pod('p', { metadata: { ownerReferences } });
  const request: AdmissionRequest = {
    ...{ operation: before === undefined ? 'CREATE' : 'UPDATE', definition: kinds.pods as unknown as Definition },
    ...{ subresource: '', namespace: 'default', name: 'p', dryRun: false, signal: new AbortController().signal },
    user: { username: 'u', uid: '', groups: [], extra: {} },
    object: withOwners(now),
    old: before === undefined ? undefined : withOwners(before),
  };
  assert.ok(plugin.handles(request));
  try {
    await plugin.validate?.(request, reads);
    return 'allowed';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('OwnerReferencesPermissionEnforcement', () => {
  const noDelete = 'pods "p" is forbidden: cannot set an ownerRef on a resource you can\'t delete: , <nil>';
  const noBlock =
    'pods "p" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can\'t set finalizers on: , <nil>';
  const rows: readonly (readonly [string, Loose[], Loose[] | undefined, readonly string[], string])[] = [
    ['whoever creates an object chooses its owners', [owner], undefined, [], 'allowed'],
    ['unchanged owners', [blocking], [blocking], [], 'allowed'],
    ['new owners, without the right to delete', [owner], [], [], noDelete],
    ['new owners, with it', [owner], [], ['delete pods p'], 'allowed'],
    ['a blocked owner, without the right to its finalizers', [blocking], undefined, [], noBlock],
    ['a blocked owner, with it', [blocking], undefined, ['update replicasets/finalizers rs'], 'allowed'],
    ['an owner that becomes blocked', [blocking], [owner], ['delete pods p'], noBlock],
    [
      'an owner of no known kind',
      [{ ...blocking, kind: 'Nope' }],
      undefined,
      [],
      'pods "p" is forbidden: cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion apps/v1 Kind Nope',
    ],
  ];
  for (const [name, now, before, may, expected] of rows) {
    test(name, async () => assert.equal(await outcome(now, before, may), expected));
  }
});
