import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../definition.js';
import { complaint } from '../../testing/refusal.js';
import { dns1123LabelProblems } from '../../validation/names.js';
import { kinds } from '../kinds.js';

const container = { name: 'c', image: 'i' };
const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [container] } };
const workload = (members: object) => ({ spec: { selector: { matchLabels: { app: 'a' } }, template, ...members } });
const rolling = (rollingUpdate: object) => workload({ updateStrategy: { rollingUpdate } });
const mounting = { ...template, spec: { containers: [{ ...container, volumeMounts: [{ name: 'data', mountPath: '/d' }] }] } };
const claim = (spec: object) => ({ metadata: { name: 'data' }, spec });
const claims = [claim({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } })];

const cases: readonly [string, Definition, object, string][] = [
  ['a set that mounts its claims', kinds.statefulSets, workload({ template: mounting, volumeClaimTemplates: claims }), ''],
  [
    'claims to nothing',
    kinds.statefulSets,
    workload({ volumeClaimTemplates: [claim({})], serviceName: 'A' }),
    `[spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required, spec.volumeClaimTemplates[0].spec.resources[storage]: Required value, spec.serviceName: Invalid value: "A": ${dns1123LabelProblems('A').join()}]`,
  ],
  [
    'pods that are called by nobody but the set',
    kinds.statefulSets,
    workload({ template: { ...template, spec: { ...template.spec, hostname: 'A', subdomain: 'B' } } }),
    '',
  ],
  [
    'a set that mounts nothing',
    kinds.statefulSets,
    workload({ template: mounting }),
    'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"',
  ],
  [
    'an unknown order',
    kinds.statefulSets,
    workload({ podManagementPolicy: 'X' }),
    "spec.podManagementPolicy: Invalid value: \"X\": must be 'OrderedReady' or 'Parallel'",
  ],
  [
    'an unknown strategy',
    kinds.statefulSets,
    workload({ updateStrategy: { type: 'X' } }),
    'spec.updateStrategy: Invalid value: {"Type":"X","RollingUpdate":null}: must be \'RollingUpdate\' or \'OnDelete\'',
  ],
  [
    'rolling on deletion',
    kinds.statefulSets,
    workload({ updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } }),
    'spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy \'RollingUpdate\'',
  ],
  [
    'claims that are kept somehow',
    kinds.statefulSets,
    workload({ persistentVolumeClaimRetentionPolicy: { whenScaled: 'X' } }),
    'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "X": supported values: "Retain", "Delete"',
  ],
  [
    'ordinals below zero',
    kinds.statefulSets,
    workload({ ordinals: { start: -1 } }),
    'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0',
  ],
  [
    'an empty selector',
    kinds.statefulSets,
    workload({ selector: {} }),
    'spec.selector: Invalid value: {}: empty selector is invalid for statefulset',
  ],
  [
    'an empty selector',
    kinds.daemonSets,
    workload({ selector: {} }),
    'spec.selector: Invalid value: {}: empty selector is invalid for daemonset',
  ],
  [
    'another selector',
    kinds.daemonSets,
    workload({ selector: { matchLabels: { app: 'b' } } }),
    'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
  ],
  [
    'more and fewer at a time',
    kinds.daemonSets,
    rolling({ maxUnavailable: 1, maxSurge: 1 }),
    'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
  ],
  [
    'neither more nor fewer',
    kinds.daemonSets,
    rolling({ maxUnavailable: '0%', maxSurge: 0 }),
    'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
  ],
  [
    'a count in quotes',
    kinds.daemonSets,
    rolling({ maxUnavailable: '5' }),
    "[spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: \"5\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%'), spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0]",
  ],
  [
    'an unknown strategy',
    kinds.daemonSets,
    workload({ updateStrategy: { type: 'X' } }),
    'spec.updateStrategy: Unsupported value: {"Type":"X","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
  ],
  [
    'pods that end',
    kinds.daemonSets,
    workload({ template: { ...template, spec: { ...template.spec, activeDeadlineSeconds: 5 } } }),
    'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported',
  ],
  [
    'debuggers in a template',
    kinds.replicaSets,
    workload({ template: { ...template, spec: { ...template.spec, ephemeralContainers: [{ name: 'd', image: 'i' }] } } }),
    'spec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template',
  ],
  [
    'an unknown strategy',
    kinds.deployments,
    workload({ strategy: { type: 'X', rollingUpdate: { maxSurge: 1 } } }),
    'spec.strategy: Unsupported value: {"Type":"X","RollingUpdate":{"MaxUnavailable":0,"MaxSurge":1}}: supported values: "Recreate", "RollingUpdate"',
  ],
  [
    'a selector of no operator',
    kinds.deployments,
    workload({ selector: { matchExpressions: [{ key: 'a', operator: 'X' }] } }),
    '[spec.selector.matchExpressions[0].operator: Invalid value: "X": not a valid selector operator, spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"X"}]}: invalid label selector]',
  ],
];

for (const [name, definition, body, wanted] of cases) {
  test(`a ${definition.kind} with ${name}`, () => assert.equal(complaint(definition, body), wanted));
}

const statuses: readonly [Definition, object, string][] = [
  [kinds.deployments, { replicas: 1, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1 }, ''],
  [
    kinds.deployments,
    { replicas: 1, updatedReplicas: 2, availableReplicas: 1 },
    '[status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas, status.availableReplicas: Invalid value: 1: cannot be greater than readyReplicas]',
  ],
  [
    kinds.replicaSets,
    { fullyLabeledReplicas: -1 },
    'status.fullyLabeledReplicas: Invalid value: -1: must be greater than or equal to 0',
  ],
  [
    kinds.statefulSets,
    { replicas: 1, availableReplicas: 1 },
    'status.availableReplicas: Invalid value: 1: cannot be greater than status.readyReplicas',
  ],
  [kinds.daemonSets, { numberReady: -1 }, 'status.numberReady: Invalid value: -1: must be greater than or equal to 0'],
];

for (const [definition, status, wanted] of statuses) {
  test(`the status ${JSON.stringify(status)} of a ${definition.kind}`, () =>
    assert.equal(complaint(definition, workload({}), { status }, 'status'), wanted));
}
