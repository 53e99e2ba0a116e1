import { cloneJson, compareQuantities, type Draft, equalJson, type Pod, type RuntimeClass } from '@flotilla/api';
import type { AdmissionPlugin, AdmissionReads, AdmissionRequest } from '../../admission.js';
import { refused } from '../refusal.js';

const runtimeClasses = { group: 'node.k8s.io', plural: 'runtimeclasses' } as const;

/** A pod of a runtime class costs the class's overhead, and runs where the class says. */
export function runtimeClass(): AdmissionPlugin {
  return {
    name: 'RuntimeClass',
    handles: ({ operation, definition, subresource }) =>
      operation === 'CREATE' && subresource === '' && definition.storagePath === 'pods',

    async mutate(request, reads) {
      const pod = request.object as Draft<Pod>; // handles() lets only pods through
      const found = await classOf(request, reads);
      if (found === undefined) return;
      addOverhead(request, pod, found);
      addScheduling(request, pod, found);
    },

    async validate(request, reads) {
      const { spec = {} } = request.object as Draft<Pod>; // handles() lets only pods through
      const { podFixed = {} } = (await classOf(request, reads))?.overhead ?? {};
      if (Object.keys(podFixed).length === 0) {
        if (Object.keys(spec.overhead ?? {}).length === 0) return;
        throw refused(request, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
      }
      if (!sameAmounts(podFixed, spec.overhead ?? {})) throw refused(request, mismatch);
    },
  };
}

const mismatch = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

async function classOf(request: AdmissionRequest, reads: AdmissionReads): Promise<RuntimeClass | undefined> {
  const { runtimeClassName: name } = (request.object as Draft<Pod>).spec ?? {}; // handles() lets only pods through
  if (name === undefined) return undefined;
  const found = (await reads.cached(runtimeClasses)).get('', name) ?? (await reads.live(runtimeClasses, '', name));
  if (found === undefined) throw refused(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
  return found as RuntimeClass; // read as one
}

type Amounts = Readonly<Record<string, string | undefined>>;

function sameAmounts(a: Amounts, b: Amounts): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => b[name] !== undefined && compareQuantities(a[name] ?? '0', b[name]) === 0)
  );
}

function addOverhead(request: AdmissionRequest, pod: Draft<Pod>, { overhead }: RuntimeClass): void {
  if (overhead === undefined) return;
  const own = pod.spec?.overhead ?? {};
  if (Object.keys(own).length > 0 && !sameAmounts(overhead.podFixed ?? {}, own)) throw refused(request, mismatch);
  pod.spec = { ...pod.spec, overhead: cloneJson(overhead.podFixed ?? {}) };
}

function addScheduling(request: AdmissionRequest, pod: Draft<Pod>, { scheduling }: RuntimeClass): void {
  if (scheduling === undefined) return;
  pod.spec ??= {};
  const { spec } = pod;
  const nodeSelector = { ...spec.nodeSelector };
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = nodeSelector[key];
    if (own !== undefined && own !== value) {
      const wants = `runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`;
      throw refused(request, `conflict: ${wants}`);
    }
    nodeSelector[key] = value;
  }
  if (Object.keys(nodeSelector).length > 0) spec.nodeSelector = nodeSelector;
  const own = spec.tolerations ?? [];
  const added = cloneJson(scheduling.tolerations ?? []).filter(
    (wanted) => !own.some((toleration) => equalJson(toleration, wanted)),
  );
  if (added.length > 0) spec.tolerations = [...own, ...added];
}
