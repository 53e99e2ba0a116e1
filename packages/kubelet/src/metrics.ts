import type { Pod } from '@flotilla/api';
import type { Metrics } from '@flotilla/process';
import { Gauge } from 'prom-client';
import type { ContainerRuntime, ContainerStatus } from './runtimes/runtime.js';

const stateNames: Readonly<Record<ContainerStatus['state'], string>> = {
  CONTAINER_CREATED: 'created',
  CONTAINER_RUNNING: 'running',
  CONTAINER_EXITED: 'exited',
};

/** The kubelet's own metrics, under Kubernetes' names; counted when they are scraped. */
export function registerMetrics(
  { registry }: Metrics,
  source: { readonly nodeName: string; readonly runtime: ContainerRuntime; pods(): readonly Pod[] },
): void {
  const registers = [registry];
  new Gauge({
    name: 'kubelet_node_name',
    help: "The node's name. The count is always 1.",
    labelNames: ['node'],
    registers,
  }).set({ node: source.nodeName }, 1);
  new Gauge({
    name: 'kubelet_desired_pods',
    help: 'The number of pods that the API has on this node.',
    registers,
    collect() {
      this.set(source.pods().length);
    },
  });
  new Gauge({
    name: 'kubelet_running_pods',
    help: 'Number of pods that have a running pod sandbox',
    registers,
    async collect() {
      const sandboxes = await source.runtime.listPodSandboxes();
      this.set(sandboxes.filter(({ state }) => state === 'SANDBOX_READY').length);
    },
  });
  new Gauge({
    name: 'kubelet_running_containers',
    help: 'Number of containers by state',
    labelNames: ['container_state'],
    registers,
    async collect() {
      const containers = await source.runtime.listContainers();
      for (const [state, label] of Object.entries(stateNames)) {
        this.set({ container_state: label }, containers.filter((status) => status.state === state).length);
      }
    },
  });
}
