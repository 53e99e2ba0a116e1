import { type KubernetesObject, StatusError } from '@flotilla/api';
import { errorEvent } from '../storage/cache-event.js';
import type { RemoteView } from '../storage/remote-view.js';
import type { WatchAnswer, WatchEvent } from './registry.js';

/** A watch of stored objects, shown in a version that somebody else converts to. What cannot be converted is its last event, an ERROR. */
export class ConvertedWatch implements WatchAnswer {
  readonly #stored: WatchAnswer;
  readonly #view: RemoteView;
  readonly #matches: ((object: KubernetesObject) => boolean) | undefined;

  /** @param matches which of the converted objects it is about; absent: all */
  constructor(stored: WatchAnswer, view: RemoteView, matches?: (object: KubernetesObject) => boolean) {
    this.#stored = stored;
    this.#view = view;
    this.#matches = matches;
  }

  close(): void {
    this.#stored.close();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<readonly WatchEvent[]> {
    try {
      for await (const batch of this.#stored) {
        const shown = await this.#view.show(batch, this.#matches);
        if (shown.length > 0) yield shown;
      }
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      yield [errorEvent(error)];
    }
  }
}
