import { cloneJson, type Definition } from '@flotilla/api';
import { admissionRequest } from './admission-request.js';
import type { ConnectRequest } from './registry.js';
import type { RegistryContext } from './registry-context.js';

/** @throws StatusError when a plugin refuses the connection */
export async function admitConnection(
  { admission }: RegistryContext,
  definition: Definition,
  request: ConnectRequest,
): Promise<void> {
  const { operation = 'CONNECT', kind, options } = request;
  const asked = { operation, kind, object: cloneJson(options), old: undefined, dryRun: false };
  await admission.admit(admissionRequest(definition, request, asked));
}
