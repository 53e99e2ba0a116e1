import type { Persisted, Pod } from '@flotilla/api';
import type { EventRecorder } from '@flotilla/controller-kit';
import type { EventSink } from './event-sink.js';

/** Events about pods, in the API. Pods that the API has never seen (orphans) get none. */
export function podEvents(recorder: EventRecorder): EventSink {
  return {
    record(pod, type, reason, message, container) {
      if (!isPersisted(pod)) return;
      const fieldPath = container === undefined ? undefined : containerPath(pod, container);
      if (type === 'Normal') recorder.normal(pod, reason, message, fieldPath);
      else recorder.warning(pod, reason, message, fieldPath);
    },
  };
}

function isPersisted(pod: Pod): pod is Persisted<Pod> {
  return pod.metadata.uid !== undefined && pod.metadata.resourceVersion !== undefined;
}

function containerPath({ spec }: Pod, container: string): string {
  const list = spec.containers.some(({ name }) => name === container) ? 'containers' : 'initContainers';
  return `spec.${list}{${container}}`;
}
