import { type APIService, type Definition, hasReason, kinds, timeText } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import { apiServerUser } from '../auth/user-info.js';
import type { Registry } from '../registry/registry.js';
import type { Availability } from './check-availability.js';

export const apiServiceDefinition = kinds.apiServices as unknown as Definition; // declared with its own object type

export const writeOptions = { dryRun: false, fieldValidation: 'Ignore', fieldManager: 'kube-aggregator' } as const;

/** Writes the condition where it says something new. Of several API servers that do so at once, one is enough. */
export async function writeAvailability(
  service: APIService,
  condition: Availability,
  { registry, clock, signal }: { readonly registry: Registry; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const before = service.status?.conditions?.find(({ type }) => type === condition.type);
  const same = before?.status === condition.status && before.reason === condition.reason && before.message === condition.message;
  if (same) return;
  const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
  const lastTransitionTime = since ?? timeText(clock.wallMs());
  const others = service.status?.conditions?.filter(({ type }) => type !== condition.type) ?? [];
  const body = { ...service, status: { ...service.status, conditions: [...others, { lastTransitionTime, ...condition }] } };
  const name = service.metadata.name ?? '';
  try {
    const target = { user: apiServerUser, signal, name, subresource: 'status' };
    await registry.update(apiServiceDefinition, { ...target, body, options: writeOptions });
  } catch (error) {
    if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
  }
}
