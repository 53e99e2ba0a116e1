import { type Definition, type KubernetesObject, kinds, type PersistentVolume, type Pod } from '@flotilla/api';
import { unreachable } from '@flotilla/base';
import type { Authorizer } from './authorizers/authorizer.js';
import { authorizerChain } from './authorizers/chain.js';
import { fixedAuthorizer } from './authorizers/fixed/index.js';
import { nodeAuthorizer } from './authorizers/node/index.js';
import { NodeGraph } from './authorizers/node/node-graph.js';
import { followPolicy } from './authorizers/rbac/follow-policy.js';
import { rbacAuthorizer } from './authorizers/rbac/index.js';
import { PolicyIndex } from './authorizers/rbac/policy-index.js';
import { type FollowOptions, follow, type GoneObject } from './followed-resource.js';

export type AuthorizationMode = 'Node' | 'RBAC' | 'AlwaysAllow' | 'AlwaysDeny';

type Followed = Omit<FollowOptions, 'definition' | 'follower'>;

export interface Authorization {
  readonly authorizer: Authorizer;
  /** Starts to follow what decisions rest on; resolves once all of it is known. Until then little is allowed. */
  load(options: Followed): Promise<void>;
}

/** The authorizers of `--authorization-mode`, in its order. */
export function authorization(modes: readonly AuthorizationMode[]): Authorization {
  const loads: ((options: Followed) => Promise<void>)[] = [];
  const authorizers = modes.map((mode) => {
    switch (mode) {
      case 'RBAC': {
        const policy = new PolicyIndex();
        loads.push((options) => followPolicy(policy, options));
        return rbacAuthorizer(policy);
      }
      case 'Node': {
        const graph = new NodeGraph();
        loads.push((options) => followGraph(graph, options));
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
    load: async (options) => {
      await Promise.all(loads.map((load) => load(options)));
    },
  };
}

async function followGraph(graph: NodeGraph, options: Followed): Promise<void> {
  // The registry has decoded and validated what it hands out, so the objects are of these kinds.
  const pods = {
    set: (object: KubernetesObject) => graph.setPod(object as Pod),
    delete: (gone: GoneObject) => graph.deletePod(gone),
  };
  const volumes = {
    set: (object: KubernetesObject) => graph.setVolume(object as PersistentVolume),
    delete: (gone: GoneObject) => graph.deleteVolume(gone),
  };
  const followed = [
    { definition: kinds.pods, follower: pods },
    { definition: kinds.persistentVolumes, follower: volumes },
  ];
  await Promise.all(
    followed.map(({ definition, follower }) => follow({ ...options, follower, definition: definition as unknown as Definition })), // declared with their own object types
  );
}
