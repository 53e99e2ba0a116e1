import type { ApiClient } from '@flotilla/client';
import { FakeCluster } from '@flotilla/client/testing';
import type { Controller } from '../controller.js';
import { runControllers } from '../manager.js';
import type { ManagerSettings } from '../settings.js';
import { testContext } from './context.js';

/** Controllers that lead, on an API server of their own. */
export interface RunningControllers {
  readonly cluster: FakeCluster;
  readonly client: ApiClient;
  stop(): Promise<void>;
}

interface Options {
  readonly settings?: Partial<ManagerSettings>;
  /** Makes what is there before they start. */
  prepare?(cluster: FakeCluster): void;
}

export async function startControllers(
  controllers: readonly Controller[],
  { settings, prepare }: Options = {},
): Promise<RunningControllers> {
  const cluster = await FakeCluster.start();
  const client = cluster.client();
  const stop = new AbortController();
  prepare?.(cluster);
  const running = runControllers(controllers, testContext(client, settings), stop.signal);
  return {
    cluster,
    client,
    async stop() {
      stop.abort();
      await running;
      await cluster.stop();
    },
  };
}
