import type { Persisted, Pod } from '@flotilla/api';
import type { EventRecorder } from '@flotilla/controller-kit';
import type { EventSink } from './event-sink.js';

/** Events about pods, in the API. Pods that the API has never seen (orphans) get none. */
export function podEvents(recorder: EventRecorder): EventSink {
  return {
    record(pod, type, reason, message) {
      if (!isPersisted(pod)) return;
      if (type === 'Normal') recorder.normal(pod, reason, message);
      else recorder.warning(pod, reason, message);
    },
  };
}

function isPersisted(pod: Pod): pod is Persisted<Pod> {
  return pod.metadata.uid !== undefined && pod.metadata.resourceVersion !== undefined;
}
