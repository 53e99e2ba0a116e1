import type { Cluster } from './cluster.js';
import { apiserver, controllerManager, kubelet, loadbalancer, proxy, scheduler, store } from './components.js';
import type { ExtraArgs, Plan, ProcessSpec, StatePaths } from './process-spec.js';

/** Schedulers and controller managers beyond two add standbys that nobody needs. */
const electedReplicasMax = 2;
const defaultStatsPort = 8404;

/** The processes of a cluster whose hosts are loopback addresses of one machine, in starting order. */
export function localProcesses(
  cluster: Cluster,
  paths: StatePaths,
  extraArgs: ExtraArgs,
  statsPort = defaultStatsPort,
): ProcessSpec[] {
  const plan: Plan = { cluster, paths, statsAddress: `${cluster.apiHost}:${statsPort}`, podNetwork: 'loopback' };
  return withExtraArgs(planProcesses(plan), extraArgs);
}

/**
 * The processes of one host of a cluster that spans several: those of a control plane, of a node, or the load balancer,
 * by where `hostName` stands in the cluster; a host may be several of these.
 * @throws RangeError when the cluster has no such host
 */
export function hostProcesses(cluster: Cluster, hostName: string, paths: StatePaths): ProcessSpec[] {
  const plan: Plan = { cluster, paths, statsAddress: `${cluster.apiHost}:${defaultStatsPort}`, podNetwork: 'host-routes' };
  const specs = planProcesses(plan).filter(({ host }) => host === hostName);
  if (specs.length === 0) throw new RangeError(`the cluster has no host "${hostName}"`);
  return specs;
}

function planProcesses(plan: Plan): ProcessSpec[] {
  const { controlPlanes, nodes, externalStore } = plan.cluster;
  const elected = controlPlanes.slice(0, electedReplicasMax);
  return [
    ...(externalStore === undefined ? controlPlanes.map((host, i) => store(plan, host, i)) : []),
    ...controlPlanes.map((host, i) => apiserver(plan, host, i)),
    loadbalancer(plan),
    ...elected.map((host, i) => controllerManager(plan, host, i)),
    ...elected.map((host, i) => scheduler(plan, host, i)),
    ...nodes.map((host, i) => kubelet(plan, host, i)),
    ...nodes.map((host, i) => proxy(plan, host, i)),
  ];
}

function withExtraArgs(specs: readonly ProcessSpec[], extraArgs: ExtraArgs): ProcessSpec[] {
  return specs.map((spec) => ({ ...spec, args: [...spec.args, ...(extraArgs[spec.component] ?? [])] }));
}
