import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../kinds/kinds.js';
import { complaint, created } from '../testing/refusal.js';

const seccomp = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompOfC = 'container.seccomp.security.alpha.kubernetes.io/c';
const appArmorOfC = 'container.apparmor.security.beta.kubernetes.io/c';
const container = { name: 'c', image: 'i:1' };

function podOf(annotations: object, context: object = {}, ofContainer: object = {}) {
  const containers = [{ ...container, securityContext: ofContainer }];
  return { metadata: { annotations }, spec: { containers, securityContext: context } };
}

const tolerations = 'scheduler.alpha.kubernetes.io/tolerations';

const cases: readonly [string, object, string][] = [
  ['tolerations of old', podOf({ [tolerations]: '[{"operator":"Exists"}]' }), ''],
  [
    'a toleration of old for nothing',
    podOf({ [tolerations]: '[{"operator":"Exists","effect":"x"}]' }),
    `metadata.annotations.${tolerations}[0].effect: Unsupported value: "x": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"`,
  ],
  [
    'tolerations of old of another type',
    podOf({ [tolerations]: '[{"tolerationSeconds":"1"}]' }),
    `metadata.annotations: Invalid value: "${tolerations}": json: cannot unmarshal string into Go struct field Toleration.tolerationSeconds of type int64`,
  ],
  ['seccomp, as it may be', podOf({ [seccomp]: 'docker/default', [seccompOfC]: 'localhost/a/b' }), ''],
  [
    'a seccomp profile that there is not',
    podOf({ [seccomp]: 'x' }),
    `metadata.annotations.${seccomp}: Invalid value: "x": must be a valid seccomp profile`,
  ],
  [
    'a seccomp profile elsewhere',
    podOf({ [seccompOfC]: 'localhost//x' }),
    `metadata.annotations.${seccompOfC}: Invalid value: "/x": must be a relative path`,
  ],
  [
    'another seccomp type than the field',
    podOf({ [seccomp]: 'unconfined' }, { seccompProfile: { type: 'RuntimeDefault' } }),
    'spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match',
  ],
  [
    'another seccomp profile than the field',
    podOf({ [seccompOfC]: 'localhost/a' }, {}, { seccompProfile: { type: 'Localhost', localhostProfile: 'b' } }),
    'spec.containers[0].securityContext.seccompProfile.localhostProfile: Forbidden: seccomp profile in annotation and field must match',
  ],
  ['AppArmor, as it may be', podOf({ [appArmorOfC]: 'runtime/default' }), ''],
  [
    'AppArmor of no container, by no name',
    podOf({ 'container.apparmor.security.beta.kubernetes.io/x': 'y' }),
    '[metadata.annotations[container.apparmor.security.beta.kubernetes.io/x]: Invalid value: "x": container not found, metadata.annotations[container.apparmor.security.beta.kubernetes.io/x]: Invalid value: "y": invalid AppArmor profile name: "y"]',
  ],
  [
    "another AppArmor type than the pod's",
    podOf({ [appArmorOfC]: 'unconfined' }, {}, { appArmorProfile: { type: 'RuntimeDefault' } }),
    'spec.containers[0].securityContext.appArmorProfile.type: Forbidden: apparmor type in annotation and field must match',
  ],
];

for (const [name, pod, wanted] of cases) {
  test(`annotations ask for ${name}`, () => assert.equal(complaint(kinds.pods, pod), wanted));
  test(`annotations of a template ask for ${name}`, () => {
    const path = wanted.replaceAll('metadata.annotations', 'template.annotations').replaceAll(/^spec/g, 'template.spec');
    assert.equal(complaint(kinds.podTemplates, { template: pod }), path);
  });
}

test('a field follows from an AppArmor annotation', () => {
  const contextOf = (pod: object) => Reflect.get(created(kinds.pods, pod), 'spec').containers[0].securityContext;
  assert.deepEqual(contextOf(podOf({ [appArmorOfC]: 'localhost/x' }, {}, { runAsUser: 1 })), {
    runAsUser: 1,
    appArmorProfile: { type: 'Localhost', localhostProfile: 'x' },
  });
  assert.deepEqual(contextOf(podOf({ [appArmorOfC]: 'unconfined' })), { appArmorProfile: { type: 'Unconfined' } });
  const same = podOf({ [appArmorOfC]: 'runtime/default' }, { appArmorProfile: { type: 'RuntimeDefault' } });
  assert.deepEqual(contextOf(same), {});
});

const changes: readonly [string, object, object, string][] = [
  ['remove or update', { [appArmorOfC]: 'unconfined' }, { other: 'x' }, 'AppArmor annotations'],
  ['remove or update', { [appArmorOfC]: 'unconfined' }, { [appArmorOfC]: 'runtime/default' }, 'AppArmor annotations'],
  ['add', {}, { [appArmorOfC]: 'unconfined' }, 'AppArmor annotations'],
];

for (const [what, before, now, which] of changes) {
  for (const path of ['main', 'status']) {
    test(`${path}: no update may ${what} ${which}`, () =>
      assert.equal(
        complaint(kinds.pods, podOf(before), { metadata: { annotations: now } }, path),
        `metadata.annotations[${appArmorOfC}]: Forbidden: may not ${what} ${which}`,
      ));
  }
}
