import type { Controller } from './controller.js';
import { certificateApprovingController } from './controllers/certificates/approving.js';
import { certificateCleanerController } from './controllers/certificates/cleaner.js';
import { certificateSigningController } from './controllers/certificates/signing.js';
import { clusterRoleAggregationController } from './controllers/clusterrole-aggregation/index.js';
import { deploymentController } from './controllers/deployment/index.js';
import { disruptionController } from './controllers/disruption/index.js';
import { endpointSliceController } from './controllers/endpointslice/index.js';
import { garbageCollector } from './controllers/garbage-collector/index.js';
import { namespaceController } from './controllers/namespace/index.js';
import { nodeIpamController } from './controllers/node-ipam/index.js';
import { nodeLifecycleController } from './controllers/node-lifecycle/index.js';
import { podGcController } from './controllers/pod-gc/index.js';
import { pvProtectionController } from './controllers/pv-protection/index.js';
import { pvcProtectionController } from './controllers/pvc-protection/index.js';
import { replicaSetController } from './controllers/replicaset/index.js';
import { resourceQuotaController } from './controllers/resource-quota/index.js';
import { rootCaController } from './controllers/root-ca/index.js';
import { serviceAccountController } from './controllers/serviceaccount/index.js';
import { taintEvictionController } from './controllers/taint-eviction/index.js';

/** Every controller there is: the list to add one to. */
export const controllers: readonly Controller[] = [
  deploymentController,
  replicaSetController,
  endpointSliceController,
  nodeIpamController,
  nodeLifecycleController,
  taintEvictionController,
  podGcController,
  disruptionController,
  garbageCollector,
  namespaceController,
  serviceAccountController,
  rootCaController,
  clusterRoleAggregationController,
  resourceQuotaController,
  pvcProtectionController,
  pvProtectionController,
  certificateApprovingController,
  certificateSigningController,
  certificateCleanerController,
];

/**
 * Which of them `--controllers` turns on: `*` all, `name` this one, `-name` not this one.
 * @throws RangeError for a name that there is not
 */
export function selectControllers(patterns: readonly string[], all: readonly Controller[] = controllers): readonly Controller[] {
  for (const pattern of patterns) {
    const name = pattern.replace(/^-/, '');
    if (pattern !== '*' && !all.some((controller) => controller.name === name)) {
      throw new RangeError(`"${name}" is not in the list of known controllers`);
    }
  }
  return all.filter(({ name }) => !patterns.includes(`-${name}`) && (patterns.includes('*') || patterns.includes(name)));
}
