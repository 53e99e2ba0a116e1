import type { Pod } from '@flotilla/api';

/** Where what happens to pods is told, for `kubectl describe` and `kubectl get events`. Never throws, never waits. */
export interface EventSink {
  /** @param container the container's name, where the event is about one */
  record(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void;
}
