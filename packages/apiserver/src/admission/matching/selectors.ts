import { type KubernetesObject, type LabelSelector, matchesLabelSelector, statusErrors } from '@flotilla/api';
import type { AdmissionReads, AdmissionRequest } from '../admission.js';

const namespaces = { group: '', plural: 'namespaces' } as const;

/** An API object's labels, whatever else it has. */
type Labelled = { readonly metadata?: { readonly labels?: unknown } | undefined };

/**
 * Whether the request's namespace is among the selected. Requests for cluster-scoped resources always are, but for those for
 * namespaces themselves.
 * @throws StatusError NotFound when there is no such namespace
 */
export async function namespaceMatches(
  selector: LabelSelector | undefined,
  request: AdmissionRequest,
  reads: AdmissionReads,
): Promise<boolean> {
  if (isEmpty(selector)) return true;
  const { definition, namespace, operation, subresource } = request;
  const isNamespace = definition.storagePath === 'namespaces';
  if (!isNamespace && namespace === '') return true;
  // The cache cannot know yet what this very request says of the namespace.
  const own = isNamespace && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE');
  const found = own ? request.object : await namespaceOf(request, reads);
  return matchesLabelSelector(selector, labelsOf(found));
}

/** @throws StatusError NotFound */
export async function namespaceOf(request: AdmissionRequest, reads: AdmissionReads): Promise<KubernetesObject> {
  const name = request.definition.storagePath === 'namespaces' ? request.name : request.namespace;
  const cached = (await reads.cached(namespaces)).get('', name);
  const found = cached ?? (await reads.live(namespaces, '', name));
  if (found === undefined) throw statusErrors.notFound({ group: '', resource: 'namespaces' }, name);
  return found;
}

/** Whether the object is selected as it was or as it will be. */
export function objectMatches(selector: LabelSelector | undefined, { object, old }: AdmissionRequest): boolean {
  if (isEmpty(selector)) return true;
  return [object, old].some((one) => one !== undefined && matchesLabelSelector(selector, labelsOf(one)));
}

function isEmpty(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;
}

function labelsOf(object: Labelled | undefined): Readonly<Record<string, string>> {
  return (object?.metadata?.labels ?? {}) as Readonly<Record<string, string>>; // labels were decoded as texts
}
