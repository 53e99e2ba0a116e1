import type { Clock } from '@flotilla/base';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Registry } from '../registry/registry.js';
import { defaultFlowSchemas, defaultPriorityLevels } from './ensure-flow-config.js';
import { FlowControl } from './flow-control.js';

/** Flow control as the flags want it, by the default configuration until the stored one is known; undefined: none. */
export function openFlowControl(
  flags: {
    readonly enablePriorityAndFairness: boolean;
    readonly maxRequestsInflight: number;
    readonly maxMutatingRequestsInflight: number;
  },
  registry: Registry,
  catalogue: Catalogue,
  clock: Clock,
): FlowControl | undefined {
  if (!flags.enablePriorityAndFairness) return undefined;
  const control = new FlowControl({
    seats: flags.maxRequestsInflight + flags.maxMutatingRequestsInflight,
    clock,
    objectCount({ apiGroup, apiVersion, resource }) {
      const definition = catalogue.find(apiGroup, apiVersion, resource);
      return definition === undefined ? 0 : registry.objectCount(definition);
    },
  });
  control.configure(defaultFlowSchemas, defaultPriorityLevels);
  return control;
}
