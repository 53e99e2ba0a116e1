import {
  type Draft,
  type KubernetesObject,
  type LevelVersion,
  levelVersionText,
  type Namespace,
  type PodParts,
  type PodSecurityPolicy,
  podSecurityPolicyOf,
  podSecurityViolations,
  statusErrors,
  type Violation,
  violationDetails,
} from '@flotilla/api';
import type { AdmissionPlugin, AdmissionReads, AdmissionRequest } from '../../admission.js';
import { refused } from '../refusal.js';
import { isSignificantUpdate } from './pod-update.js';
import { isStricter } from './stricter.js';
import { podPartsOf, templateHolders } from './templates.js';
import { warningsOnPods } from './warnings-on-pods.js';

const namespaces = { group: '', plural: 'namespaces' } as const;
const pods = { group: '', plural: 'pods' } as const;
const annotationPrefix = 'pod-security.kubernetes.io/';

/** Paths of a pod that show no spec. */
const otherSubresources: ReadonlySet<string> = new Set([
  ...['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status'],
]);

/** Holds pods to the Pod Security Standards that their namespace's labels name, and tells of templates whose pods would not pass. */
export function podSecurity(): AdmissionPlugin {
  return {
    name: 'PodSecurity',
    handles({ operation, definition, subresource }) {
      if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
      if (definition.storagePath === 'pods') return !otherSubresources.has(subresource);
      return subresource === '' && (definition.storagePath === 'namespaces' || templateHolders.has(definition.storagePath));
    },

    async validate(request, reads) {
      if (request.definition.storagePath === 'namespaces') await checkNamespace(request, reads);
      else await checkPod(request, reads, request.definition.storagePath === 'pods');
    },
  };
}

async function checkNamespace(request: AdmissionRequest, reads: AdmissionReads): Promise<void> {
  const { object, old, notes } = request;
  const labels = (object as Draft<Namespace>).metadata?.labels ?? {}; // the definition says so
  const { policy, errors } = podSecurityPolicyOf(labels);
  const before = podSecurityPolicyOf(old?.metadata.labels);
  const text = (list: typeof errors) => JSON.stringify(list);
  if (errors.length > 0 && text(errors) !== text(before.errors)) {
    throw statusErrors.invalid({ group: '', kind: 'Namespace' }, request.name || object?.metadata?.name || '', errors);
  }
  if (old === undefined || !isStricter(policy.enforce, before.policy.enforce)) return;
  const name = old.metadata.name ?? '';
  const found = (await reads.cached(pods)).list(name);
  for (const warning of warningsOnPods(name, policy.enforce, found)) notes?.warn(warning);
}

async function checkPod(request: AdmissionRequest, reads: AdmissionReads, enforces: boolean): Promise<void> {
  const namespace = (await reads.cached(namespaces)).get('', request.namespace);
  // One that has just been made through another server; the labels of one that cannot be found are those of one that has none.
  const found = namespace ?? (await reads.live(namespaces, '', request.namespace));
  const { policy, errors } = podSecurityPolicyOf(found?.metadata.labels);
  const modes = enforces ? [policy.enforce, policy.audit, policy.warn] : [policy.audit, policy.warn];
  if (errors.length === 0 && modes.every(({ level }) => level === 'privileged')) return;
  const { object, old, definition, notes } = request;
  if (enforces && old !== undefined && !isSignificantUpdate(object as Draft<KubernetesObject>, old)) return; // an update has an object
  const pod = podPartsOf(definition.storagePath, object);
  if (pod === undefined) return;
  if (errors.length > 0) {
    const told = errors.map(({ field, message }) => `${field}: ${message}`).join(', ');
    notes?.annotate(`${annotationPrefix}error`, `Failed to parse policy: ${told}`);
  }
  judge(request, policy, pod, enforces);
}

function judge(request: AdmissionRequest, policy: PodSecurityPolicy, pod: PodParts, enforces: boolean): void {
  const { notes } = request;
  const known = new Map<string, readonly Violation[]>();
  const violations = (level: LevelVersion) => {
    const key = levelVersionText(level);
    const found = known.get(key) ?? podSecurityViolations(level, pod);
    known.set(key, found);
    return found;
  };
  const sentence = (level: LevelVersion) =>
    `PodSecurity ${JSON.stringify(levelVersionText(level))}: ${violationDetails(violations(level))}`;
  if (enforces) notes?.annotate(`${annotationPrefix}enforce-policy`, levelVersionText(policy.enforce));
  if (violations(policy.audit).length > 0) {
    notes?.annotate(`${annotationPrefix}audit-violations`, `would violate ${sentence(policy.audit)}`);
  }
  if (enforces && violations(policy.enforce).length > 0) throw refused(request, `violates ${sentence(policy.enforce)}`);
  if (violations(policy.warn).length > 0) notes?.warn(`would violate ${sentence(policy.warn)}`);
}
