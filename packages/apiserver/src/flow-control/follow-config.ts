import { type Definition, type FlowSchema, type KubernetesObject, kinds, type PriorityLevelConfiguration } from '@flotilla/api';
import { type FollowOptions, follow, type GoneObject } from '../auth/followed-resource.js';
import { DanglingConditions } from './dangling.js';
import type { FlowControl } from './flow-control.js';

/** Keeps flow control as the stored schemas and levels are, and the schemas' statuses. Resolves once all of them are known. */
export async function followFlowConfig(
  control: FlowControl,
  options: Omit<FollowOptions, 'definition' | 'follower'>,
): Promise<void> {
  const schemas = new Map<string, FlowSchema>();
  const levels = new Map<string, PriorityLevelConfiguration>();
  let loaded = false;
  const dangling = new DanglingConditions(options, levels);
  const changed = (specs: boolean) => {
    if (!loaded) return;
    if (specs) control.configure(schemas.values(), levels.values());
    dangling.look(schemas.values());
  };
  await Promise.all([
    // The registry has decoded and validated what it hands out, so the objects are of these kinds.
    followInto(schemas, kinds.flowSchemas as unknown as Definition, changed, options),
    followInto(levels, kinds.priorityLevelConfigurations as unknown as Definition, changed, options),
  ]);
  loaded = true;
  changed(true);
}

function followInto<T extends KubernetesObject>(
  objects: Map<string, T>,
  definition: Definition,
  changed: (specs: boolean) => void,
  options: Omit<FollowOptions, 'definition' | 'follower'>,
): Promise<void> {
  const follower = {
    set(object: KubernetesObject) {
      const name = object.metadata.name ?? '';
      const before = objects.get(name)?.metadata;
      objects.set(name, object as T); // the definition says so
      changed(before?.uid !== object.metadata.uid || before?.generation !== object.metadata.generation);
    },
    delete(gone: GoneObject) {
      objects.delete(gone.metadata.name ?? '');
      changed(true);
    },
  };
  return follow({ ...options, definition, follower });
}
