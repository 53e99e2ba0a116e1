import type { NamespaceLabels } from './cache/affinity-term.js';
import type { ProfilePlugin, Trial } from './framework/plugin.js';
import { defaultBinder, type WriteBinding } from './plugins/default-binder/index.js';
import { defaultPreemption, type Evict } from './plugins/default-preemption/index.js';
import { imageLocality } from './plugins/image-locality/index.js';
import { interPodAffinity } from './plugins/inter-pod-affinity/index.js';
import { nodeAffinity } from './plugins/node-affinity/index.js';
import { nodeName } from './plugins/node-name/index.js';
import { nodePorts } from './plugins/node-ports/index.js';
import { nodeResourcesBalancedAllocation } from './plugins/node-resources-balanced-allocation/index.js';
import { nodeResourcesFit } from './plugins/node-resources-fit/index.js';
import { nodeUnschedulable } from './plugins/node-unschedulable/index.js';
import { type DefaultSelector, podTopologySpread } from './plugins/pod-topology-spread/index.js';
import { schedulingGates } from './plugins/scheduling-gates/index.js';
import { taintToleration } from './plugins/taint-toleration/index.js';

export interface ProfileDeps {
  readonly writeBinding: WriteBinding;
  readonly namespaceLabels: NamespaceLabels;
  readonly defaultSelector: DefaultSelector;
  readonly evict: Evict;
}

/** The default profile: every plugin, in the order in which they run, with the weights that Kubernetes gives them. This is the list to add a plugin to. */
export function defaultProfile(deps: ProfileDeps, trial: Trial): readonly ProfilePlugin[] {
  return [
    { plugin: schedulingGates, weight: 0 },
    { plugin: nodeUnschedulable, weight: 0 },
    { plugin: nodeName, weight: 0 },
    { plugin: taintToleration, weight: 3 },
    { plugin: nodeAffinity, weight: 2 },
    { plugin: nodePorts, weight: 0 },
    { plugin: nodeResourcesFit, weight: 1 },
    { plugin: podTopologySpread(deps.defaultSelector), weight: 2 },
    { plugin: interPodAffinity(deps.namespaceLabels), weight: 2 },
    { plugin: nodeResourcesBalancedAllocation, weight: 1 },
    { plugin: imageLocality, weight: 1 },
    { plugin: defaultPreemption(trial, deps.evict), weight: 0 },
    { plugin: defaultBinder(deps.writeBinding), weight: 0 },
  ];
}
