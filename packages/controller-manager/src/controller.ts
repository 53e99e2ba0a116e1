import type { Clock, Logger, Random } from '@flotilla/base';
import type { ApiClient, InformerFactory } from '@flotilla/client';
import type { EventRecorder } from '@flotilla/controller-kit';
import type { ManagerSettings } from './settings.js';
import type { ServedResources } from './shared/served-resources.js';

/** What every controller is given. */
export interface ControllerContext {
  readonly client: ApiClient;
  /** Shared by all controllers; their first lists are consistent reads. */
  readonly informers: InformerFactory;
  /** Whatever the API servers serve; it is told of only once controllers run. */
  readonly served: ServedResources;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly settings: ManagerSettings;
  /** Events in the name of a component, such as `deployment-controller`. */
  recorder(component: string): EventRecorder;
}

/** One reconcile loop. Adding one is a folder with such a description, and its line in `controllers.ts`. */
export interface Controller {
  /** As in `--controllers`, where a leading `-` turns it off. */
  readonly name: string;
  /**
   * Asks for informers and listens to them: what wakes the controller. It must not act yet.
   * @returns what the controller does from the moment that all caches are filled, until the signal aborts
   */
  start(context: ControllerContext): (signal: AbortSignal) => Promise<void>;
}
