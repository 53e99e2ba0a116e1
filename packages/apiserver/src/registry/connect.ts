import { cloneJson, type Definition } from '@flotilla/api';
import type { ConnectRequest } from './registry.js';
import type { RegistryContext } from './registry-context.js';

/** @throws StatusError when a plugin refuses the connection */
export async function admitConnection(
  { admission }: RegistryContext,
  definition: Definition,
  { operation = 'CONNECT', user, signal, notes, namespace = '', name, subresource = '', kind, options }: ConnectRequest,
): Promise<void> {
  const admitted = {
    operation,
    definition,
    subresource,
    kind,
    namespace,
    name,
    user,
    object: cloneJson(options),
    old: undefined,
    dryRun: false,
    signal,
    notes,
  } as const;
  await admission.mutate(admitted);
  await admission.validate(admitted);
}
