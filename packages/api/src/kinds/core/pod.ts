import type { Pod } from '../../generated/types.js';
import { defaultPod, defaultPodAddresses, defaultPodSpec } from '../../pods/default-pod-spec.js';
import { dropOldAnnotations } from '../../pods/drop-disabled.js';
import { ephemeralContainers, resize } from '../../pods/pod-parts.js';
import { podGracePeriodSeconds, preparePodForCreate, preparePodStatus } from '../../pods/pod-strategy.js';
import { validatePod, validatePodCreate } from '../../pods/validate-pod.js';
import { validatePodStatusUpdate } from '../../pods/validate-pod-status.js';
import { validatePodUpdate } from '../../pods/validate-pod-update.js';
import { warningsOfPod } from '../../warnings/pod-warnings.js';
import { define, statusOf } from '../define.js';
import { podColumns, podRowConditions } from './pod-columns.js';

const core = { group: '', version: 'v1' };

export const pods = define<Pod>({
  ...core,
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  returnsDeleted: true,
  generation: true,
  subresources: [
    { name: 'attach', ...core, kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    { name: 'binding', ...core, kind: 'Binding', verbs: ['create'] },
    { name: 'ephemeralcontainers', ...core, kind: 'Pod', verbs: ['get', 'patch', 'update'], part: ephemeralContainers },
    { name: 'eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
    { name: 'exec', ...core, kind: 'PodExecOptions', verbs: ['create', 'get'] },
    { name: 'log', ...core, kind: 'Pod', verbs: ['get'] },
    { name: 'portforward', ...core, kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
    { name: 'proxy', ...core, kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    { name: 'resize', ...core, kind: 'Pod', verbs: ['get', 'patch', 'update'], part: resize },
    statusOf('', 'v1', 'Pod'),
  ],
  statusKeeps: ['ownerReferences'],
  columns: podColumns,
  rowConditions: podRowConditions,
  selectableFields: {
    'spec.nodeName': (pod) => pod.spec.nodeName ?? '',
    // What Kubernetes called it at first.
    'spec.host': (pod) => pod.spec.nodeName ?? '',
    'spec.restartPolicy': (pod) => pod.spec.restartPolicy ?? '',
    'spec.schedulerName': (pod) => pod.spec.schedulerName ?? '',
    'spec.serviceAccountName': (pod) => pod.spec.serviceAccountName ?? '',
    'spec.hostNetwork': (pod) => String(pod.spec.hostNetwork ?? false),
    'status.phase': (pod) => pod.status?.phase ?? '',
    'status.podIP': (pod) => pod.status?.podIP ?? '',
    'status.podIPs': (pod) => pod.status?.podIP ?? '',
    'status.nominatedNodeName': (pod) => pod.status?.nominatedNodeName ?? '',
  },

  defaults(draft) {
    dropOldAnnotations(draft.metadata);
    draft.spec ??= {};
    defaultPodSpec(draft.spec);
    defaultPod(draft.spec);
    if (draft.status !== undefined) defaultPodAddresses(draft.status);
  },

  prepareForCreate: preparePodForCreate,
  validate: (pod, old) => (old === undefined ? validatePod(pod) : validatePodUpdate(pod, old)),
  validateCreate: validatePodCreate,
  warnings: (pod, old) => (old === undefined ? warningsOfPod(pod) : []),
  prepareForStatusUpdate: preparePodStatus,
  validateStatusUpdate: validatePodStatusUpdate,
  gracePeriodSeconds: podGracePeriodSeconds,
});
