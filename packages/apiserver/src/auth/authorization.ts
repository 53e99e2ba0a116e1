import { type Definition, type KubernetesObject, kinds, type Pod } from '@flotilla/api';
import { unreachable } from '@flotilla/base';
import type { Authorizer } from './authorizers/authorizer.js';
import { authorizerChain } from './authorizers/chain.js';
import { fixedAuthorizer } from './authorizers/fixed/index.js';
import { nodeAuthorizer } from './authorizers/node/index.js';
import { NodeGraph } from './authorizers/node/node-graph.js';
import { followPolicy } from './authorizers/rbac/follow-policy.js';
import { rbacAuthorizer } from './authorizers/rbac/index.js';
import { PolicyIndex } from './authorizers/rbac/policy-index.js';
import { type FollowOptions, follow } from './followed-resource.js';

export type AuthorizationMode = 'Node' | 'RBAC' | 'AlwaysAllow' | 'AlwaysDeny';

export interface Authorization {
  readonly authorizer: Authorizer;
  /** Starts to follow what decisions rest on; resolves once all of it is known. Until then little is allowed. */
  load(): Promise<void>;
}

/** The authorizers of `--authorization-mode`, in its order. */
export function authorization(
  modes: readonly AuthorizationMode[],
  options: Omit<FollowOptions, 'definition' | 'follower'>,
): Authorization {
  const loads: (() => Promise<void>)[] = [];
  const authorizers = modes.map((mode) => {
    switch (mode) {
      case 'RBAC': {
        const policy = new PolicyIndex();
        loads.push(() => followPolicy(policy, options));
        return rbacAuthorizer(policy);
      }
      case 'Node': {
        const graph = new NodeGraph();
        loads.push(() => followPods(graph, options));
        return nodeAuthorizer(graph);
      }
      case 'AlwaysAllow':
      case 'AlwaysDeny':
        return fixedAuthorizer(mode === 'AlwaysAllow');
      default:
        return unreachable(mode);
    }
  });
  return {
    authorizer: authorizerChain(authorizers),
    load: async () => {
      await Promise.all(loads.map((load) => load()));
    },
  };
}

function followPods(graph: NodeGraph, options: Omit<FollowOptions, 'definition' | 'follower'>): Promise<void> {
  return follow({
    ...options,
    definition: kinds.pods as unknown as Definition, // declared with its own object type
    follower: {
      // The registry has decoded and validated what it hands out.
      set: (object: KubernetesObject) => graph.setPod(object as Pod),
      delete: (object: KubernetesObject) => graph.deletePod(object as Pod),
    },
  });
}
