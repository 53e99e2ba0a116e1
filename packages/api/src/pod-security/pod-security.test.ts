import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { podSecurityViolations, violationDetails } from './evaluate.js';
import { type LevelVersion, levelVersionText, podSecurityPolicyOf } from './level.js';

const good = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

// biome-ignore lint/suspicious/noExplicitAny: rows write down parts of pods
type Loose = any;

/** A container that is restricted but for what the row says. */
function container(securityContext: Loose = {}, more: Loose = {}) {
  return { name: 'c', securityContext: { ...good, ...securityContext }, ...more };
}

const restricted: LevelVersion = { level: 'restricted', version: 'latest' };
const baseline: LevelVersion = { level: 'baseline', version: 'latest' };

describe('pod security levels', () => {
  const rows: readonly (readonly [string, LevelVersion, Loose, string, Loose?])[] = [
    ['nothing wrong', restricted, { containers: [container()] }, ''],
    ['privileged allows all', { level: 'privileged', version: 'latest' }, { hostNetwork: true, containers: [] }, ''],
    [
      'a plain pod is not restricted',
      restricted,
      { containers: [{ name: 'c' }] },
      'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), ' +
        'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), ' +
        'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), ' +
        'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ],
    ['but it is baseline', baseline, { containers: [{ name: 'c' }] }, ''],
    [
      'the pod may speak for its containers',
      restricted,
      {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'Localhost' } },
        containers: [{ name: 'c', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
      },
      '',
    ],
    [
      'host namespaces',
      baseline,
      { hostPID: true, hostNetwork: true, containers: [] },
      'host namespaces (hostNetwork=true, hostPID=true)',
    ],
    [
      'host paths',
      baseline,
      {
        volumes: [
          { name: 'a', hostPath: { path: '/' } },
          { name: 'b', hostPath: { path: '/' } },
        ],
        containers: [],
      },
      'hostPath volumes (volumes "a", "b")',
    ],
    [
      'restricted volumes stand for host paths',
      restricted,
      {
        volumes: [
          { name: 'a', hostPath: { path: '/' } },
          { name: 'b', nfs: {} },
          { name: 'c', secret: {} },
          { name: 'd', image: { reference: 'r' } },
        ],
        containers: [],
      },
      'restricted volume types (volumes "a", "b" use restricted volume types "hostPath", "nfs")',
    ],
    [
      'host ports',
      baseline,
      { initContainers: [{ name: 'i', ports: [{ hostPort: 80 }, { hostPort: 443 }] }], containers: [] },
      'hostPort (container "i" uses hostPorts 443, 80)',
    ],
    [
      'hosts of probes',
      baseline,
      {
        containers: [
          { name: 'c', livenessProbe: { httpGet: { host: '10.0.0.1' } }, lifecycle: { preStop: { tcpSocket: { host: 'h' } } } },
        ],
      },
      'probe or lifecycle host (container "c" uses probe or lifecycle hosts "10.0.0.1", "h")',
    ],
    [
      'hosts of probes before 1.34',
      { level: 'baseline', version: 33 },
      { containers: [{ name: 'c', livenessProbe: { httpGet: { host: '10.0.0.1' } } }] },
      '',
    ],
    [
      'capabilities beyond the default',
      baseline,
      { containers: [container({ capabilities: { add: ['SYS_ADMIN', 'CHOWN', 'NET_RAW'] } })] },
      'non-default capabilities (container "c" must not include "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)',
    ],
    [
      'restricted capabilities stand for those',
      restricted,
      { containers: [container({ capabilities: { drop: ['NET_RAW'], add: ['CHOWN', 'NET_BIND_SERVICE'] } })] },
      'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]; container "c" must not include "CHOWN" in securityContext.capabilities.add)',
    ],
    [
      'but not before 1.22',
      { level: 'restricted', version: 21 },
      { containers: [container({ capabilities: { add: ['NET_RAW'] } })] },
      'non-default capabilities (container "c" must not include "NET_RAW" in securityContext.capabilities.add)',
    ],
    [
      'privileged and ephemeral containers',
      baseline,
      {
        containers: [container({ privileged: true })],
        ephemeralContainers: [{ name: 'e', securityContext: { privileged: true } }],
      },
      'privileged (containers "c", "e" must not set securityContext.privileged=true)',
    ],
    [
      'proc mounts',
      baseline,
      { containers: [container({ procMount: 'Unmasked' })] },
      'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
    ],
    [
      'sysctls',
      baseline,
      { securityContext: { sysctls: [{ name: 'kernel.msgmax' }, { name: 'net.ipv4.tcp_rmem' }] }, containers: [] },
      'forbidden sysctls (kernel.msgmax)',
    ],
    [
      'sysctls of 1.26',
      { level: 'baseline', version: 26 },
      { securityContext: { sysctls: [{ name: 'net.ipv4.ip_local_reserved_ports' }] }, containers: [] },
      'forbidden sysctls (net.ipv4.ip_local_reserved_ports)',
    ],
    [
      'SELinux',
      baseline,
      {
        securityContext: { seLinuxOptions: { user: 'u' } },
        containers: [container({ seLinuxOptions: { type: 'spc_t', role: 'r' } })],
      },
      'seLinuxOptions (pod and container "c" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set; role may not be set)',
    ],
    [
      'AppArmor',
      baseline,
      { containers: [container({ appArmorProfile: { type: 'Unconfined' } })] },
      'forbidden AppArmor profiles (container "c" and annotation must not set AppArmor profile type to "Unconfined", "container.apparmor.security.beta.kubernetes.io/c=\\"unconfined\\"")',
      { annotations: { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' } },
    ],
    [
      'seccomp',
      baseline,
      { securityContext: { seccompProfile: { type: 'Unconfined' } }, containers: [container()] },
      'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'seccomp annotations before 1.19',
      { level: 'baseline', version: 18 },
      { containers: [{ name: 'c' }] },
      'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
      { annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' } },
    ],
    [
      'host processes',
      baseline,
      { securityContext: { windowsOptions: { hostProcess: true } }, containers: [] },
      'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
    ],
    [
      'root by name',
      restricted,
      { securityContext: { runAsUser: 0, runAsNonRoot: false }, containers: [container({ runAsUser: 0 })] },
      'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), runAsUser=0 (pod and container "c" must not set runAsUser=0)',
    ],
    [
      'Windows has no such settings',
      restricted,
      { os: { name: 'windows' }, securityContext: { runAsNonRoot: true }, containers: [{ name: 'c' }] },
      '',
    ],
  ];
  for (const [name, level, spec, expected, metadata] of rows) {
    test(name, () => assert.equal(violationDetails(podSecurityViolations(level, { metadata, spec })), expected));
  }
});

describe('pod security labels', () => {
  const label = (name: string) => `pod-security.kubernetes.io/${name}`;
  const rows: readonly (readonly [string, Readonly<Record<string, string>>, string, readonly string[]])[] = [
    ['none', {}, 'privileged:latest privileged:latest privileged:latest', []],
    [
      'warnings follow what is enforced',
      { enforce: 'baseline', 'enforce-version': 'v1.30' },
      'baseline:v1.30 privileged:latest baseline:v1.30',
      [],
    ],
    [
      'unless they are set',
      { enforce: 'restricted', warn: 'privileged' },
      'restricted:latest privileged:latest privileged:latest',
      [],
    ],
    [
      'what cannot be read',
      { enforce: 'strict', audit: 'x', warn: 'y', 'warn-version': '1.20' },
      'restricted:latest privileged:latest privileged:latest',
      [
        'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
        'metadata.labels[pod-security.kubernetes.io/audit]: Invalid value: "x": must be one of privileged, baseline, restricted',
        'metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "y": must be one of privileged, baseline, restricted',
        'metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.20": must be "latest" or "v1.x"',
      ],
    ],
  ];
  for (const [name, labels, expected, problems] of rows) {
    test(name, () => {
      const found = podSecurityPolicyOf(Object.fromEntries(Object.entries(labels).map(([key, value]) => [label(key), value])));
      const { enforce, audit, warn } = found.policy;
      assert.equal([enforce, audit, warn].map(levelVersionText).join(' '), expected);
      assert.deepEqual(
        found.errors.map(({ field, message }) => `${field}: ${message}`),
        problems,
      );
    });
  }
});
