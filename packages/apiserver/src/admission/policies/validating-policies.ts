import {
  type Definition,
  type KubernetesObject,
  type MatchResources,
  StatusError,
  type ValidatingAdmissionPolicyBinding,
  type ValidatingAdmissionPolicyBindingSpec,
} from '@flotilla/api';
import type { AdmissionPlugin, AdmissionReads, AdmissionRequest } from '../admission.js';
import type { Access } from '../matching/access-memo.js';
import { CompiledOnce } from '../matching/compiled-once.js';
import { isExempt, matchRules } from '../matching/rules.js';
import { namespaceMatches, namespaceOf, objectMatches } from '../matching/selectors.js';
import { type CompiledPolicy, compilePolicy } from './compiled-policy.js';
import { type Findings, findingsOf } from './decisions.js';
import { Outcomes } from './outcomes.js';
import { ConfigurationError, collectParams, paramDefinition } from './params.js';

const group = 'admissionregistration.k8s.io';

interface Binding extends ValidatingAdmissionPolicyBindingSpec {
  readonly name: string;
}

/** Holds requests to ValidatingAdmissionPolicies, as their bindings say. */
export function validatingPolicies(access: Access): AdmissionPlugin {
  const compiled = new CompiledOnce(compilePolicy);
  return {
    name: 'ValidatingAdmissionPolicy',
    handles: (request) => !isExempt(request),

    async validate(request, reads) {
      const bindings = (await reads.cached({ group, plural: 'validatingadmissionpolicybindings' })).list();
      const byPolicy = groupByPolicy(bindings);
      if (byPolicy.size === 0) return;
      const policies = await reads.cached({ group, plural: 'validatingadmissionpolicies' });
      const outcomes = new Outcomes(request);
      for (const object of policies.list()) {
        const bound = byPolicy.get(object.metadata.name ?? '');
        if (bound !== undefined) await applyPolicy(compiled.of(object), bound, request, reads, access, outcomes);
      }
      outcomes.conclude();
    },
  };
}

function groupByPolicy(bindings: Iterable<KubernetesObject>): ReadonlyMap<string, readonly Binding[]> {
  const byPolicy = new Map<string, Binding[]>();
  for (const object of bindings) {
    const { metadata, spec = {} } = object as ValidatingAdmissionPolicyBinding; // read as one
    const binding = { ...spec, name: metadata?.name ?? '' };
    const known = byPolicy.get(spec.policyName ?? '');
    if (known === undefined) byPolicy.set(spec.policyName ?? '', [binding]);
    else known.push(binding);
  }
  return byPolicy;
}

async function applyPolicy(
  policy: CompiledPolicy,
  bindings: readonly Binding[],
  request: AdmissionRequest,
  reads: AdmissionReads,
  access: Access,
  outcomes: Outcomes,
): Promise<void> {
  const { spec, name } = policy;
  try {
    const shown = await matchResources(spec.matchConstraints, request, reads);
    if (shown === undefined) return;
    const params = spec.paramKind === undefined ? undefined : paramDefinition(spec.paramKind, reads);
    for (const binding of bindings) await applyBinding(policy, binding, { shown, params }, request, reads, access, outcomes);
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    if (spec.failurePolicy !== 'Ignore')
      outcomes.deny(name, undefined, { message: `failed to configure policy: ${error.message}` });
  }
  outcomes.publishAnnotations(name);
}

async function applyBinding(
  policy: CompiledPolicy,
  binding: Binding,
  matched: { readonly shown: Definition; readonly params: Definition | undefined },
  request: AdmissionRequest,
  reads: AdmissionReads,
  access: Access,
  outcomes: Outcomes,
): Promise<void> {
  let params: readonly (KubernetesObject | undefined)[];
  try {
    if ((await matchResources(binding.matchResources, request, reads)) === undefined) return;
    params = await collectParams(matched.params, binding.paramRef, request, reads);
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    const message = `failed to configure binding: ${error.message}`;
    if (policy.spec.failurePolicy !== 'Ignore') outcomes.deny(policy.name, binding.name, { message });
    return;
  }
  const inNamespace = request.namespace !== '' && request.definition.storagePath !== 'namespaces';
  const namespace = inNamespace ? await namespaceOf(request, reads) : undefined;
  for (const param of params) {
    const subject = { request, shown: matched.shown, namespace, params: param };
    report(policy, binding, await findingsOf(policy, subject, access), outcomes);
  }
}

function report(policy: CompiledPolicy, binding: Binding, findings: Findings, outcomes: Outcomes): void {
  const { validationActions = [] } = binding;
  for (const denial of findings.denials) {
    for (const action of validationActions) {
      if (action === 'Deny') outcomes.deny(policy.name, binding.name, denial);
      else if (action === 'Warn') outcomes.warn(policy.name, binding.name, denial.message);
      else if (action === 'Audit') outcomes.audit(policy.name, binding.name, denial, validationActions);
    }
  }
  for (const { key, value } of findings.annotations) outcomes.annotate(key, value);
  for (const message of findings.annotationErrors) outcomes.deny(policy.name, binding.name, { message });
}

/**
 * Whether these resources are matched, and in which version they want to see the object. What is not said matches.
 * @throws StatusError NotFound when the namespace is not there
 */
async function matchResources(
  resources: MatchResources | undefined,
  request: AdmissionRequest,
  reads: AdmissionReads,
): Promise<Definition | undefined> {
  if (resources === undefined) return request.definition;
  const { matchPolicy, namespaceSelector, objectSelector, resourceRules = [], excludeResourceRules = [] } = resources;
  const { definitions } = reads.catalogue;
  if (!objectMatches(objectSelector, request)) return undefined;
  const shown = resourceRules.length === 0 ? request.definition : matchRules(resourceRules, request, definitions, matchPolicy);
  if (shown === undefined || !(await namespaceMatches(namespaceSelector, request, reads))) return undefined;
  return matchRules(excludeResourceRules, request, definitions, matchPolicy) === undefined ? shown : undefined;
}

function isConfigurationError(error: unknown): error is Error {
  return error instanceof ConfigurationError || error instanceof StatusError;
}
