import type { Node, NodeCondition, NodeStatus, Taint } from '@flotilla/api';
import { diskPressureFraction, memoryPressureBytes, pidPressureFraction } from '../limits.js';
import { apiTime } from '../status/api-time.js';
import type { Machine, MachineInfo } from './machine.js';

export interface NodeFacts {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly maxPods: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly runtimeVersion: string;
  readonly info: MachineInfo;
}

export interface Readiness {
  readonly ready: boolean;
  /** Why not. */
  readonly message: string;
}

const kubeletVersion = 'v1.34.0+flotilla';

/** The Node as this kubelet registers it. */
export function newNode(facts: NodeFacts, status: NodeStatus): Node {
  const { name, labels, taints, info } = facts;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'beta.kubernetes.io/arch': info.architecture,
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': info.architecture,
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        ...labels,
      },
    },
    spec: taints.length > 0 ? { taints } : {},
    status,
  };
}

/** The whole status; heartbeat and transition times are now, or those of `old` where a condition has not changed. */
export function nodeStatus(
  facts: NodeFacts,
  machine: Machine,
  readiness: Readiness,
  old: NodeStatus | undefined,
  nowMs: number,
): NodeStatus {
  const resources = {
    cpu: String(machine.cpus),
    'ephemeral-storage': `${Math.floor(machine.diskBytes / 1_024)}Ki`,
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: `${Math.floor(machine.memoryBytes / 1_024)}Ki`,
    pods: String(facts.maxPods),
  };
  return {
    capacity: resources,
    allocatable: {
      ...resources,
      // As Kubernetes reserves by default for hard eviction: 10% of the disk, 100Mi of memory.
      'ephemeral-storage': String(Math.floor(machine.diskBytes * (1 - diskPressureFraction))),
      memory: `${Math.floor((machine.memoryBytes - memoryPressureBytes) / 1_024)}Ki`,
    },
    conditions: conditions(machine, readiness, old, nowMs),
    addresses: [
      { type: 'InternalIP', address: facts.address },
      { type: 'Hostname', address: facts.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: facts.port } },
    nodeInfo: {
      ...facts.info,
      operatingSystem: 'linux',
      containerRuntimeVersion: facts.runtimeVersion,
      kubeletVersion,
      kubeProxyVersion: kubeletVersion,
    },
  };
}

/** What of a status is worth a write before the next one is due: everything but heartbeat times. */
export function statusKey(status: NodeStatus | undefined): string {
  const { capacity, allocatable, addresses, daemonEndpoints, nodeInfo } = status ?? {};
  const conditionKeys = (status?.conditions ?? [])
    .filter(({ type }) => own.has(type))
    .map(({ type, status: value, reason, message }) => [type, value, reason, message]);
  return JSON.stringify([
    sorted(capacity),
    sorted(allocatable),
    addresses,
    daemonEndpoints,
    sorted(nodeInfo),
    conditionKeys.sort(),
  ]);
}

const own = new Set(['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready']);

function conditions(machine: Machine, readiness: Readiness, old: NodeStatus | undefined, nowMs: number): NodeCondition[] {
  const noMemory = machine.memoryAvailableBytes < memoryPressureBytes;
  const noDisk =
    machine.diskAvailableBytes < machine.diskBytes * diskPressureFraction || machine.inodesFree < machine.inodes * 0.05;
  const noPids = machine.pids > machine.pidsMax * (1 - pidPressureFraction);
  const verdicts = [
    pressure(
      'MemoryPressure',
      noMemory,
      'KubeletHasInsufficientMemory',
      'kubelet has insufficient memory available',
      'KubeletHasSufficientMemory',
      'kubelet has sufficient memory available',
    ),
    pressure(
      'DiskPressure',
      noDisk,
      'KubeletHasDiskPressure',
      'kubelet has disk pressure',
      'KubeletHasNoDiskPressure',
      'kubelet has no disk pressure',
    ),
    pressure(
      'PIDPressure',
      noPids,
      'KubeletHasInsufficientPID',
      'kubelet has insufficient PID available',
      'KubeletHasSufficientPID',
      'kubelet has sufficient PID available',
    ),
    readiness.ready
      ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: readiness.message },
  ];
  return verdicts.map((verdict) => {
    const before = old?.conditions?.find(({ type }) => type === verdict.type);
    const since = before?.status === verdict.status ? before.lastTransitionTime : undefined;
    return { ...verdict, lastHeartbeatTime: apiTime(nowMs), lastTransitionTime: since ?? apiTime(nowMs) };
  });
}

function pressure(type: string, bad: boolean, badReason: string, badMessage: string, goodReason: string, goodMessage: string) {
  return bad
    ? { type, status: 'True', reason: badReason, message: badMessage }
    : { type, status: 'False', reason: goodReason, message: goodMessage };
}

function sorted(object: object | undefined): unknown {
  return object === undefined ? undefined : Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
}
