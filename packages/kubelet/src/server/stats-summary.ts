import { cpus } from 'node:os';
import type { Pod } from '@flotilla/api';
import { readMachine } from '../node/machine.js';
import type { ContainerRuntime, ContainerStats, ContainerStatus } from '../runtimes/runtime.js';

export interface StatsDeps {
  readonly runtime: ContainerRuntime;
  readonly nodeName: string;
  readonly rootDir: string;
  pods(): readonly Pod[];
}

/** Kubernetes' stats summary (`stats/v1alpha1`): CPU and memory of the node and of each container, as far as /proc tells. */
export async function statsSummary({ runtime, nodeName, rootDir, pods }: StatsDeps): Promise<object> {
  const time = new Date().toISOString();
  const [stats, containers, machine] = await Promise.all([
    runtime.containerStats(),
    runtime.listContainers(),
    readMachine(rootDir),
  ]);
  const cpuMs = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return {
    node: {
      nodeName,
      startTime: time,
      cpu: { time, usageCoreNanoSeconds: cpuMs * 1e6 },
      memory: memory(time, machine.memoryBytes - machine.memoryAvailableBytes, machine.memoryAvailableBytes),
      fs: {
        time,
        availableBytes: machine.diskAvailableBytes,
        capacityBytes: machine.diskBytes,
        usedBytes: machine.diskBytes - machine.diskAvailableBytes,
      },
    },
    pods: pods().map(({ metadata: { name, namespace, uid } }) => {
      const own = containers.filter((status) => status.podUid === uid && stats.has(status.id));
      const all = own.map((status) => containerSummary(time, status, stats.get(status.id)));
      const sum = (of: (one: ContainerStats) => number) => own.reduce((total, { id }) => total + of(stats.get(id) ?? nothing), 0);
      return {
        podRef: { name, namespace, uid },
        containers: all,
        cpu: { time, usageCoreNanoSeconds: sum((one) => one.cpuNanos) },
        memory: memory(
          time,
          sum((one) => one.memoryBytes),
        ),
        process_stats: { process_count: sum((one) => one.processes) },
      };
    }),
  };
}

const nothing: ContainerStats = { cpuNanos: 0, memoryBytes: 0, processes: 0 };

function containerSummary(time: string, status: ContainerStatus, stats: ContainerStats = nothing) {
  return {
    name: status.name,
    startTime: new Date(status.startedAtMs ?? status.createdAtMs).toISOString(),
    cpu: { time, usageCoreNanoSeconds: stats.cpuNanos },
    memory: memory(time, stats.memoryBytes),
  };
}

function memory(time: string, usageBytes: number, availableBytes?: number) {
  return {
    time,
    usageBytes,
    workingSetBytes: usageBytes,
    rssBytes: usageBytes,
    ...(availableBytes !== undefined && { availableBytes }),
  };
}
