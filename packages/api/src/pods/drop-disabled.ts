import type { Container, ObjectMeta, PodSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { containersOf } from './visit-containers.js';

/**
 * Takes away what belongs to features that Kubernetes 1.34 has but leaves off: nobody acts on it, and a client that sends it
 * is not refused. Pods and pod templates.
 */
export function dropDisabledFields(spec: Draft<PodSpec>): void {
  delete spec.hostnameOverride;
  dropImageVolumes(spec);
  for (const { projected } of spec.volumes ?? []) {
    for (const source of projected?.sources ?? []) {
      delete source.clusterTrustBundle;
      delete source.podCertificate;
    }
  }
  const sidecars = new Set((spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always'));
  for (const container of containersOf(spec)) {
    if (!sidecars.has(container)) delete container.restartPolicy;
    dropFromContainer(container);
  }
}

function dropFromContainer(container: Draft<Container>): void {
  delete container.restartPolicyRules;
  for (const { valueFrom } of container.env ?? []) delete valueFrom?.fileKeyRef;
  const { lifecycle } = container;
  if (lifecycle?.stopSignal === undefined) return;
  delete lifecycle.stopSignal;
  if (Object.values(lifecycle).every((handler) => handler === undefined)) delete container.lifecycle;
}

/** With them goes what would mount them. */
function dropImageVolumes(spec: Draft<PodSpec>): void {
  const names = new Set((spec.volumes ?? []).filter(({ image }) => image !== undefined).map(({ name = '' }) => name));
  if (names.size === 0) return;
  const volumes = (spec.volumes ?? []).filter(({ image }) => image === undefined);
  if (volumes.length > 0) spec.volumes = volumes;
  else delete spec.volumes;
  for (const container of containersOf(spec)) {
    const mounts = (container.volumeMounts ?? []).filter(({ name = '' }) => !names.has(name));
    if (mounts.length > 0) container.volumeMounts = mounts;
    else delete container.volumeMounts;
  }
}

/** Where init containers stood before there was a field for them. */
const oldAnnotations = ['alpha', 'beta'].flatMap((stage) => [
  `pod.${stage}.kubernetes.io/init-containers`,
  `pod.${stage}.kubernetes.io/init-container-statuses`,
]);

/** So that clients of old, which send both, do not seem to change anything. */
export function dropOldAnnotations(metadata: Draft<ObjectMeta> | undefined): void {
  const { annotations } = metadata ?? {};
  if (metadata === undefined || annotations === undefined) return;
  const found = oldAnnotations.filter((key) => Object.hasOwn(annotations, key));
  for (const key of found) delete annotations[key];
  if (found.length > 0 && Object.keys(annotations).length === 0) delete metadata.annotations;
}
