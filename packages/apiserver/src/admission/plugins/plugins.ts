import type { Authorizer } from '../../auth/authorizers/authorizer.js';
import type { AdmissionPlugin } from '../admission.js';
import { defaultTolerationSeconds } from './default-toleration-seconds/index.js';
import { namespaceLifecycle } from './namespace-lifecycle/index.js';
import { nodeRestriction } from './node-restriction/index.js';
import { priority } from './priority/index.js';
import { rbacEscalation } from './rbac-escalation/index.js';
import { serviceAccount } from './service-account/index.js';
import { taintNodesByCondition } from './taint-nodes-by-condition/index.js';

export interface PluginOptions {
  /** For plugins that ask whether the user may do something more than the request itself. */
  readonly authorizer: Authorizer;
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
    rbacEscalation(options.authorizer),
  ];
}
