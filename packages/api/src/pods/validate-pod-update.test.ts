import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../kinds/kinds.js';
import { complaint, created, updated } from '../testing/refusal.js';

const container = { name: 'c', image: 'i:1' };
const silent = {
  hostNetwork: false,
  nodeSelector: {},
  tolerations: [],
  containers: [{ ...container, stdin: false, workingDir: '', env: [], ports: [{ containerPort: 80, hostPort: 0 }] }],
};
const spec = { containers: [{ ...container, ports: [{ containerPort: 80 }] }] };

test('an update may leave out what says nothing, or put it in', () => {
  assert.equal(complaint(kinds.pods, { spec: silent }, { spec }), '');
  assert.equal(complaint(kinds.pods, { spec }, { spec: silent }), '');
});

test('what says no is not left out', () => {
  const no = { containers: [{ ...container, securityContext: { privileged: false } }] };
  assert.match(
    complaint(kinds.pods, { spec: no }, { spec: { containers: [container] } }),
    /^spec: Forbidden: pod updates may not/,
  );
});

test('a gated pod says in Go what it wants', () => {
  const gated = { containers: [container], schedulingGates: [{ name: 'a.b/c' }] };
  const affinity = (...matchExpressions: object[]) => ({
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
  });
  const one = { key: 'a', operator: 'Exists' };
  assert.equal(
    complaint(kinds.pods, { spec: { ...gated, nodeSelector: { a: 'b' } } }, { spec: gated }),
    'spec.nodeSelector: Invalid value: null: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
  );
  assert.equal(
    complaint(
      kinds.pods,
      { spec: { ...gated, affinity: affinity(one) } },
      { spec: { ...gated, affinity: affinity({ ...one, key: 'b' }) } },
    ),
    'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]: Invalid value: {"MatchExpressions":[{"Key":"b","Operator":"Exists","Values":null}],"MatchFields":null}: only additions are allowed (no mutations or deletions)',
  );
});

test('a pod that was stored before there were some defaults, and while some features were on, can be updated', () => {
  const valueFrom = { resourceFieldRef: { containerName: 'c', resource: 'limits.cpu' } };
  const env = [{ name: 'A', valueFrom }];
  const pod = created(kinds.pods, { spec: { containers: [{ ...container, env }] } });
  const { containers, ...rest } = Reflect.get(pod, 'spec');
  const old = { ...pod, spec: { ...rest, hostnameOverride: 'x', containers: [{ ...containers[0], env }] } };
  const now = updated(kinds.pods, old, { metadata: { ...old.metadata, labels: { a: 'b' } } });
  assert.equal(Reflect.get(now, 'spec').hostnameOverride, undefined);
});
