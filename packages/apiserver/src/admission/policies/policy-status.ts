import { type Definition, hasReason, type KubernetesObject, kinds, type ValidatingAdmissionPolicy } from '@flotilla/api';
import { backoffMs, type Clock, type Logger, type Random, sleep } from '@flotilla/base';
import { follow } from '../../auth/followed-resource.js';
import { apiServerUser } from '../../auth/user-info.js';
import type { Catalogue } from '../../catalogue/catalogue.js';
import { policyStatusRetryMaxMs, policyStatusRetryMinMs } from '../../limits.js';
import type { Registry } from '../../registry/registry.js';
import { typeWarnings } from './type-checking.js';

export interface PolicyStatusOptions {
  readonly registry: Registry;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const definition = kinds.validatingAdmissionPolicies as unknown as Definition; // declared with its own object type
const options = { dryRun: false, fieldValidation: 'Ignore', fieldManager: 'kube-apiserver' } as const;

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
      tail = tail.then(() => write(policy, context));
    },
    delete() {},
  };
  return follow({ ...context, definition, follower });
}

/** Tries until it is written, or somebody else has changed the policy: then there is an event to come. */
async function write(
  policy: ValidatingAdmissionPolicy,
  { registry, catalogue, clock, random, log, signal }: PolicyStatusOptions,
) {
  const name = policy.metadata?.name ?? '';
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      const expressionWarnings = typeWarnings(policy.spec ?? {}, catalogue);
      const typeChecking = expressionWarnings.length === 0 ? {} : { expressionWarnings };
      const observedGeneration = policy.metadata?.generation;
      const body = { ...policy, status: { ...policy.status, observedGeneration, typeChecking } };
      await registry.update(definition, { user: apiServerUser, signal, name, subresource: 'status', body, options });
      return;
    } catch (error) {
      if (signal.aborted || hasReason(error, 'NotFound', 'Conflict')) return;
      log.warn({ err: error, policy: name, failures }, 'the status of a policy could not be written');
      const limits = { baseMs: policyStatusRetryMinMs, maxMs: policyStatusRetryMaxMs };
      await sleep(clock, backoffMs(failures, limits, random), signal).catch(() => undefined);
    }
  }
}
