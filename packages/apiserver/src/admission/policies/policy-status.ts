import { type Definition, type KubernetesObject, kinds, type ValidatingAdmissionPolicy } from '@flotilla/api';
import { follow } from '../../auth/followed-resource.js';
import type { Catalogue } from '../../catalogue/catalogue.js';
import { type StatusWriterContext, writeStatus } from '../../registry/write-status.js';
import { typeWarnings } from './type-checking.js';

export interface PolicyStatusOptions extends StatusWriterContext {
  readonly catalogue: Catalogue;
}

const definition = kinds.validatingAdmissionPolicies as unknown as Definition; // declared with its own object type

/**
 * Writes to the status of every policy what type checking says of it. Kubernetes has a controller for it; here it is where the
 * types are. Several API servers come to the same result, and the first to write it is the one that does.
 * @returns resolves once all policies are known
 */
export function keepPolicyStatuses(context: PolicyStatusOptions): Promise<void> {
  let tail: Promise<void> = Promise.resolve();
  const follower = {
    set(object: KubernetesObject) {
      const policy = object as ValidatingAdmissionPolicy; // the definition's own kind
      if (policy.status?.observedGeneration === policy.metadata?.generation) return;
      tail = tail.then(() =>
        writeStatus(context, definition, 'kube-apiserver', () => withTypeChecking(policy, context.catalogue)),
      );
    },
    delete() {},
  };
  return follow({ ...context, definition, follower });
}

function withTypeChecking(policy: ValidatingAdmissionPolicy, catalogue: Catalogue): KubernetesObject {
  const expressionWarnings = typeWarnings(policy.spec ?? {}, catalogue);
  const typeChecking = expressionWarnings.length === 0 ? {} : { expressionWarnings };
  const status = { ...policy.status, observedGeneration: policy.metadata?.generation, typeChecking };
  return { ...policy, status } as KubernetesObject; // what is stored is whole
}
