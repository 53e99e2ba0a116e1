import { type Draft, equalJson, type Node } from '@flotilla/api';
import type { AdmissionRequest } from '../../admission.js';
import { refused } from '../refusal.js';

/** Labels of Kubernetes' own that a kubelet sets by itself. */
const kubeletLabels: ReadonlySet<string> = new Set([
  ...['kubernetes.io/hostname', 'kubernetes.io/os', 'kubernetes.io/arch', 'beta.kubernetes.io/os', 'beta.kubernetes.io/arch'],
  ...['topology.kubernetes.io/zone', 'topology.kubernetes.io/region', 'node.kubernetes.io/instance-type'],
  ...['failure-domain.beta.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/region', 'beta.kubernetes.io/instance-type'],
]);
/** And domains in which it may set any. */
const kubeletDomains = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
/** Labels by which administrators keep workloads apart: no node gives them to itself. */
const restrictedDomain = 'node-restriction.kubernetes.io';

export function checkNode(request: AdmissionRequest, node: string): void {
  const { operation } = request;
  const name = request.name || (request.object?.metadata?.name ?? '');
  const shown = `node ${JSON.stringify(node)}`;
  if (name !== node) throw refused(request, `${shown} is not allowed to modify node ${JSON.stringify(name)}`);
  if (operation === 'DELETE') throw refused(request, `${shown} is not allowed to delete itself`);
  const [now, old] = [request.object as Draft<Node>, request.old as Node | undefined]; // the definition says so
  checkConfigSource(request, shown, now, old);
  if (old !== undefined && !equalJson(now.spec?.taints ?? [], old.spec?.taints ?? [])) {
    throw refused(request, `${shown} is not allowed to modify taints`);
  }
  const forbidden = changedLabels(now.metadata?.labels ?? {}, old?.metadata.labels ?? {}).filter(isForbidden);
  if (forbidden.length === 0) return;
  const labels = forbidden.sort().join(', ');
  if (old === undefined) throw refused(request, `${shown} is not allowed to set the following labels: ${labels}`);
  throw refused(request, `is not allowed to modify labels: ${labels}`);
}

/** What a node may read follows from what its object names, so that it must not name more. */
function checkConfigSource(request: AdmissionRequest, shown: string, now: Draft<Node>, old: Node | undefined): void {
  const source = now.spec?.configSource;
  if (source === undefined || equalJson(source, old?.spec?.configSource)) return;
  if (old === undefined) throw refused(request, `${shown} is not allowed to create pods with a non-nil configSource`);
  throw refused(request, `${shown} is not allowed to update configSource to a new non-nil configSource`);
}

type Labels = Readonly<Record<string, string | undefined>>;

function changedLabels(now: Labels, before: Labels): string[] {
  return [...new Set([...Object.keys(now), ...Object.keys(before)])].filter((key) => now[key] !== before[key]);
}

function isForbidden(label: string): boolean {
  const domain = label.includes('/') ? label.slice(0, label.indexOf('/')) : '';
  if (isIn(domain, restrictedDomain)) return true;
  const ofKubernetes = isIn(domain, 'kubernetes.io') || isIn(domain, 'k8s.io');
  return ofKubernetes && !kubeletLabels.has(label) && !kubeletDomains.some((own) => isIn(domain, own));
}

function isIn(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`);
}
