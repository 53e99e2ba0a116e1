import type { AdmissionPlugin } from '../admission.js';
import { defaultTolerationSeconds } from './default-toleration-seconds/index.js';
import { namespaceLifecycle } from './namespace-lifecycle/index.js';
import { nodeRestriction } from './node-restriction/index.js';
import { priority } from './priority/index.js';
import { serviceAccount } from './service-account/index.js';
import { taintNodesByCondition } from './taint-nodes-by-condition/index.js';

export interface PluginOptions {
  readonly defaultNotReadyTolerationSeconds: number;
  readonly defaultUnreachableTolerationSeconds: number;
}

/** All plugins, in the order in which they see a request. This is the list to add one to. */
export function admissionPlugins(options: PluginOptions): readonly AdmissionPlugin[] {
  return [
    namespaceLifecycle(),
    serviceAccount(),
    defaultTolerationSeconds({
      notReady: options.defaultNotReadyTolerationSeconds,
      unreachable: options.defaultUnreachableTolerationSeconds,
    }),
    priority(),
    taintNodesByCondition(),
    nodeRestriction(),
  ];
}
