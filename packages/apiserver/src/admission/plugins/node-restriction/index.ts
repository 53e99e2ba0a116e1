import { nodesGroup, nodeUserPrefix } from '../../../auth/user-info.js';
import type { AdmissionPlugin, AdmissionReads, AdmissionRequest } from '../../admission.js';
import { refused } from '../refusal.js';
import { checkNode } from './check-node.js';
import { checkClaim, checkCsiNode, checkLease } from './check-others.js';
import { checkPod } from './check-pod.js';
import { checkToken } from './check-token.js';

type Check = (request: AdmissionRequest, node: string, reads: AdmissionReads) => Promise<void> | void;

/** By storage path. */
const checks: Readonly<Record<string, Check>> = {
  pods: checkPod,
  minions: checkNode,
  persistentvolumeclaims: checkClaim,
  serviceaccounts: checkToken,
  leases: checkLease,
  csinodes: checkCsiNode,
};

/** A kubelet writes to its own Node, its Lease, its CSINode and the pods bound to it, gets tokens for those pods, and touches nobody else's. */
export function nodeRestriction(): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    handles: ({ user, definition, operation }) =>
      user.groups.includes(nodesGroup) && operation !== 'CONNECT' && definition.storagePath in checks,

    async validate(request, reads) {
      const { username } = request.user;
      const node = username.startsWith(nodeUserPrefix) ? username.slice(nodeUserPrefix.length) : '';
      if (node === '') throw refused(request, `could not determine node from user ${JSON.stringify(username)}`);
      await checks[request.definition.storagePath]?.(request, node, reads);
    },
  };
}
