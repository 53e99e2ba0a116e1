import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../kinds/kinds.js';
import { complaint } from '../testing/refusal.js';

const container = { name: 'c', image: 'i:1' };
const from = (valueFrom: object) => ({ containers: [{ ...container, env: [{ name: 'A', valueFrom }] }] });
const reading = (fieldPath: string, apiVersion = 'v1') => from({ fieldRef: { fieldPath, apiVersion } });
const fieldRef = 'spec.containers[0].env[0].valueFrom.fieldRef';
const volume = { name: 'v', emptyDir: {} };
const claim = { name: 'v', persistentVolumeClaim: { claimName: 'x' } };
const mounting = { ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] };
const context = (members: object) => ({ containers: [{ ...container, securityContext: members }] });

const cases: readonly [string, object, string][] = [
  ['a variable of the node, by its old name', reading('spec.host'), ''],
  [
    'a variable of another version',
    reading('metadata.name', 'v2'),
    `${fieldRef}.fieldPath: Invalid value: "metadata.name": error converting fieldPath: unsupported pod version: v2`,
  ],
  [
    'a variable of a part of its name',
    reading("metadata.name['a']"),
    `${fieldRef}.fieldPath: Invalid value: "metadata.name['a']": error converting fieldPath: field label does not support subscript: metadata.name['a']`,
  ],
  [
    'policies of resizing an init container',
    { initContainers: [{ name: 'i', image: 'i:1', resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }] }] },
    '',
  ],
  [
    'a volume that is wrong, which cannot be mounted',
    { containers: [mounting], volumes: [{ name: 'v', hostPath: { path: '' } }] },
    '[spec.volumes[0].hostPath.path: Required value, spec.containers[0].volumeMounts[0].name: Not found: "v"]',
  ],
  [
    'a second volume by one name',
    { containers: [mounting], volumes: [volume, volume] },
    'spec.volumes[1].name: Duplicate value: "v"',
  ],
  [
    'privileges that it cannot get, and has',
    context({ allowPrivilegeEscalation: false, privileged: true, seLinuxOptions: { type: 't' } }),
    'spec.containers[0].securityContext: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":{"User":"","Role":"","Type":"t","Level":""},"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
  ],
  [
    'a seccomp profile that its type has no use for',
    context({ seccompProfile: { type: 'Unconfined', localhostProfile: 'x' } }),
    'spec.containers[0].securityContext.seccompProfile.localhostProfile: Invalid value: {"Type":"Unconfined","LocalhostProfile":"x"}: can only be set when seccomp type is Localhost',
  ],
  [
    'users of its own beside what knows the users of the node',
    {
      hostUsers: false,
      hostPID: true,
      containers: [{ ...container, volumeDevices: [{ name: 'v', devicePath: '/d' }] }],
      volumes: [claim],
    },
    '[spec.HostPID: Forbidden: when `hostUsers` is false, spec.containers[0].volumeDevices: Forbidden: when `hostUsers` is false]',
  ],
  [
    'another way to relabel its volumes',
    { securityContext: { seLinuxChangePolicy: 'MountOption' } },
    'spec.securityContext.seLinuxChangePolicy: Unsupported value: "MountOption": supported values: "Recursive"',
  ],
  [
    'a claim of nothing',
    { resourceClaims: [{ name: 'a' }] },
    'spec.resourceClaims[0]: Invalid value: {"Name":"a","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
  ],
  [
    'what Windows does not know, in the order in which Kubernetes says so',
    {
      os: { name: 'windows' },
      hostPID: true,
      shareProcessNamespace: false,
      securityContext: { fsGroup: 1, runAsUser: 1, supplementalGroups: [] },
      resources: { limits: { cpu: '1' } },
    },
    '[spec.resources: Forbidden: may not be set for a windows pod, spec.hostPID: Forbidden: cannot be set for a windows pod, spec.securityContext.fsGroup: Forbidden: cannot be set for a windows pod, spec.shareProcessNamespace: Forbidden: cannot be set for a windows pod, spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod, spec.securityContext.supplementalGroups: Forbidden: cannot be set for a windows pod]',
  ],
  [
    "a claim's template with a name",
    {
      volumes: [
        {
          name: 'v',
          ephemeral: {
            volumeClaimTemplate: {
              metadata: { uid: 'u', generateName: '', name: 'n', creationTimestamp: '2024-01-01T00:00:00Z' },
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
            },
          },
        },
      ],
    },
    '[spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set, spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.uID: Forbidden: cannot be set, spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.creationTimestamp: Forbidden: cannot be set]',
  ],
];

for (const [name, members, wanted] of cases) {
  test(`a pod with ${name}`, () =>
    assert.equal(complaint(kinds.pods, { spec: { containers: [container], ...members } }), wanted));
}

const wholes: readonly [string, object, object, string][] = [
  [
    'less than its containers ask for',
    { requests: { cpu: '1' } },
    { requests: { cpu: '2' } },
    'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
  ],
  [
    'less than one of its containers may use',
    { limits: { cpu: '1' }, requests: { cpu: '1' } },
    { limits: { cpu: '2' }, requests: { cpu: '1' } },
    'spec.resources.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1',
  ],
  [
    'claims',
    { requests: { cpu: '1' }, claims: [] },
    {},
    'spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level',
  ],
  [
    'another resource',
    { requests: { 'ephemeral-storage': '1Gi' } },
    {},
    'spec.resources.requests[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", "hugepages-", "memory"',
  ],
];

for (const [name, resources, ofContainer, wanted] of wholes) {
  test(`a pod that has as a whole ${name}`, () =>
    assert.equal(complaint(kinds.pods, { spec: { containers: [{ ...container, resources: ofContainer }], resources } }), wanted));
}

test('a template need not say as a whole what its containers ask for', () => {
  const spec = {
    containers: [{ ...container, resources: { requests: { memory: '1Gi' } } }],
    resources: { requests: { cpu: '1' } },
  };
  assert.equal(complaint(kinds.podTemplates, { template: { spec } }), '');
});

test('a mirror has no resource claims', () => {
  const metadata = { annotations: { 'kubernetes.io/config.mirror': 'x' } };
  const spec = { containers: [container], nodeName: 'n', resourceClaims: [{ name: 'a', resourceClaimName: 'b' }] };
  assert.equal(complaint(kinds.pods, { metadata, spec }), ': Forbidden: static pods do not support resource claims');
});

test('the cost of deleting a pod is a number as Go reads them', () => {
  const key = 'controller.kubernetes.io/pod-deletion-cost';
  const said = (cost: string) =>
    complaint(kinds.pods, { metadata: { annotations: { [key]: cost } }, spec: { containers: [container] } });
  for (const cost of ['0', '-0', '-05', '2147483647', '-2147483648']) assert.equal(said(cost), '');
  for (const cost of ['', '+1', '05', '1.5', '2147483648', '-']) {
    assert.equal(said(cost), `metadata.annotations[${key}]: Invalid value: ${JSON.stringify(cost)}: must be a 32bit integer`);
  }
});
