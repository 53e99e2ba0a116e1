import { type Definition, kinds, type Pod } from '@flotilla/api';
import { type Authorizer, type Decision, noOpinion } from './auth/authorizers/authorizer.js';
import { authorizerChain } from './auth/authorizers/chain.js';
import { nodeAuthorizer } from './auth/authorizers/node/index.js';
import { NodeGraph } from './auth/authorizers/node/node-graph.js';
import { followPolicy } from './auth/authorizers/rbac/follow-policy.js';
import { rbacAuthorizer } from './auth/authorizers/rbac/index.js';
import { PolicyIndex } from './auth/authorizers/rbac/policy-index.js';
import { type FollowOptions, follow } from './auth/followed-resource.js';

export interface Authorization {
  readonly authorizer: Authorizer;
  /** Resolves once the authorizers know everything that is stored; they keep themselves up to date from then on. */
  start(options: Omit<FollowOptions, 'definition' | 'follower'>): Promise<void>;
}

type Start = Authorization['start'];

/** The authorizers of --authorization-mode, in the order given. */
export function authorization(modes: readonly string[]): Authorization {
  const parts = modes.map((mode) => modeOf(mode));
  return {
    authorizer: authorizerChain(parts.map((part) => part.authorizer)),
    async start(options) {
      await Promise.all(parts.map((part) => part.start(options)));
    },
  };
}

function modeOf(mode: string): Authorization {
  if (mode === 'RBAC') return rbac();
  if (mode === 'Node') return nodes();
  return constant(mode === 'AlwaysAllow' ? { verdict: 'allow', reason: '' } : noOpinion, mode);
}

function rbac(): Authorization {
  const policy = new PolicyIndex();
  return { authorizer: rbacAuthorizer(policy), start: (options) => followPolicy(policy, options) };
}

function nodes(): Authorization {
  const graph = new NodeGraph();
  const start: Start = (options) =>
    follow({
      ...options,
      definition: kinds.pods as unknown as Definition, // declared with its own object type
      follower: { set: (object) => graph.setPod(object as Pod), delete: (object) => graph.deletePod(object as Pod) },
    });
  return { authorizer: nodeAuthorizer(graph), start };
}

function constant(decision: Decision, name: string): Authorization {
  return { authorizer: { name, authorize: () => decision, rulesFor: () => [] }, start: async () => {} };
}
