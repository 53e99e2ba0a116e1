import { type Check, containerCheck, named, plural, quoted, setters, sorted } from './check.js';
import { appArmorProfile, seccompAnnotations, seccompProfile, selinuxOptions } from './profile-checks.js';

const defaultCapabilities: ReadonlySet<string> = new Set([
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD'],
  ...['NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
]);

const capabilities: Check = {
  id: 'capabilities_baseline',
  versions: [
    {
      since: 0,
      check({ containers }) {
        const foreign = ({ securityContext }: (typeof containers)[number]) =>
          (securityContext?.capabilities?.add ?? []).filter((name) => !defaultCapabilities.has(name));
        const bad = containers.filter((container) => foreign(container).length > 0);
        if (bad.length === 0) return undefined;
        const added = quoted(sorted(bad.flatMap(foreign)));
        return {
          reason: 'non-default capabilities',
          detail: `${named(bad)} must not include ${added} in securityContext.capabilities.add`,
        };
      },
    },
  ],
};

const hostNamespaces: Check = {
  id: 'hostNamespaces',
  versions: [
    {
      since: 0,
      check({ spec }) {
        const shared = (['hostIPC', 'hostNetwork', 'hostPID'] as const).filter((name) => spec[name] === true);
        if (shared.length === 0) return undefined;
        return { reason: 'host namespaces', detail: shared.map((name) => `${name}=true`).join(', ') };
      },
    },
  ],
};

const hostPathVolumes: Check = {
  id: 'hostPathVolumes',
  versions: [
    {
      since: 0,
      check({ spec }) {
        const bad = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name = '' }) => name);
        if (bad.length === 0) return undefined;
        return { reason: 'hostPath volumes', detail: `${plural('volume', bad.length)} ${quoted(bad)}` };
      },
    },
  ],
};

const hostPorts: Check = {
  id: 'hostPorts',
  versions: [
    {
      since: 0,
      check({ containers }) {
        const portsOf = ({ ports = [] }: (typeof containers)[number]) =>
          ports.flatMap(({ hostPort = 0 }) => (hostPort === 0 ? [] : [String(hostPort)]));
        const bad = containers.filter((container) => portsOf(container).length > 0);
        if (bad.length === 0) return undefined;
        const ports = sorted(bad.flatMap(portsOf));
        const verb = plural('uses', bad.length, 'use');
        return {
          reason: 'hostPort',
          detail: `${named(bad)} ${verb} ${plural('hostPort', ports.length)} ${ports.join(', ')}`,
        };
      },
    },
  ],
};

const hostProbesAndHostLifecycle: Check = {
  id: 'hostProbesAndHostLifecycle',
  versions: [
    {
      since: 34,
      check({ containers }) {
        const hostsOf = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: (typeof containers)[number]) =>
          [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop]
            .flatMap((action) => [action?.httpGet?.host ?? '', action?.tcpSocket?.host ?? ''])
            .filter((host) => host !== '');
        const bad = containers.filter((container) => hostsOf(container).length > 0);
        if (bad.length === 0) return undefined;
        const hosts = sorted(bad.flatMap(hostsOf));
        const names = sorted(bad.map(({ name = '' }) => name));
        const who = `${plural('container', names.length)} ${quoted(names)} ${plural('uses', names.length, 'use')}`;
        const what = plural('probe or lifecycle host', hosts.length);
        return { reason: 'probe or lifecycle host', detail: `${who} ${what} ${quoted(hosts)}` };
      },
    },
  ],
};

const privileged: Check = {
  id: 'privileged',
  versions: [
    {
      since: 0,
      check: containerCheck(
        'privileged',
        ({ securityContext }) => securityContext?.privileged === true,
        (bad) => `${named(bad)} must not set securityContext.privileged=true`,
      ),
    },
  ],
};

const procMount: Check = {
  id: 'procMount',
  versions: [
    {
      since: 0,
      check: containerCheck(
        'procMount',
        ({ securityContext }) => (securityContext?.procMount ?? 'Default') !== 'Default',
        (bad) => {
          const types = sorted(bad.map(({ securityContext }) => securityContext?.procMount ?? ''));
          return `${named(bad)} must not set securityContext.procMount to ${quoted(types)}`;
        },
      ),
    },
  ],
};

/** By the release since which they count as safe. */
const safeSysctls: readonly (readonly [since: number, names: readonly string[]])[] = [
  [
    0,
    [
      'kernel.shm_rmid_forced',
      'net.ipv4.ip_local_port_range',
      'net.ipv4.tcp_syncookies',
      'net.ipv4.ping_group_range',
      'net.ipv4.ip_unprivileged_port_start',
    ],
  ],
  [27, ['net.ipv4.ip_local_reserved_ports']],
  [
    29,
    ['net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes'],
  ],
  [32, ['net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']],
];

const sysctls: Check = {
  id: 'sysctls',
  versions: safeSysctls.map(([since], index) => {
    const safe = new Set(safeSysctls.slice(0, index + 1).flatMap(([, names]) => names));
    return {
      since,
      check({ spec }) {
        const bad = (spec.securityContext?.sysctls ?? []).map(({ name = '' }) => name).filter((name) => !safe.has(name));
        return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
      },
    };
  }),
};

const windowsHostProcess: Check = {
  id: 'windowsHostProcess',
  versions: [
    {
      since: 0,
      check({ spec, containers }) {
        const byPod = spec.securityContext?.windowsOptions?.hostProcess === true;
        const bad = containers.filter(({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
        if (!byPod && bad.length === 0) return undefined;
        const detail = `${setters(byPod, bad)} must not set securityContext.windowsOptions.hostProcess=true`;
        return { reason: 'hostProcess', detail };
      },
    },
  ],
};

/** What every pod must fulfil unless its namespace is privileged: no known way out of its container. */
export const baselineChecks: readonly Check[] = [
  { id: 'appArmorProfile', versions: [{ since: 0, check: appArmorProfile }] },
  capabilities,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbesAndHostLifecycle,
  privileged,
  procMount,
  {
    id: 'seLinuxOptions',
    versions: [
      { since: 0, check: selinuxOptions(['container_t', 'container_init_t', 'container_kvm_t']) },
      { since: 31, check: selinuxOptions(['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']) },
    ],
  },
  {
    id: 'seccompProfile_baseline',
    versions: [
      { since: 0, check: seccompAnnotations },
      { since: 19, check: seccompProfile(false) },
    ],
  },
  sysctls,
  windowsHostProcess,
];
