import { kinds } from '@flotilla/api';
import { type Random, silentLogger } from '@flotilla/base';
import { type ApiClient, InformerFactory } from '@flotilla/client';
import { testClock, testRandom } from '@flotilla/client/testing';
import { EventRecorder } from '@flotilla/controller-kit';
import type { ControllerContext } from '../controller.js';
import type { ManagerSettings } from '../settings.js';
import { ServedResources } from '../shared/served-resources.js';

const defaultSettings: ManagerSettings = {
  clusterCidrs: [],
  nodeCidrMaskSize: 24,
  allocateNodeCidrs: false,
  nodeMonitorPeriodMs: 5_000,
  nodeMonitorGracePeriodMs: 40_000,
  terminatedPodsMax: 0,
  rootCa: undefined,
  signing: undefined,
};

/** What a leader gives its controllers, with caches of its own. */
export function testContext(
  client: ApiClient,
  settings: Partial<ManagerSettings> = {},
  random: Random = testRandom,
): ControllerContext {
  const tools = { clock: testClock, random, log: silentLogger };
  const informers = new InformerFactory(client, { initialResourceVersion: '' });
  const recorder = (component: string) => new EventRecorder({ ...tools, events: client.resource(kinds.events), component });
  const served = new ServedResources(client, informers);
  return { client, informers, served, ...tools, settings: { ...defaultSettings, ...settings }, recorder };
}
