import { type Definition, hasReason, type KubernetesObject } from '@flotilla/api';
import { backoffMs, type Clock, type Logger, type Random, sleep } from '@flotilla/base';
import { apiServerUser } from '../auth/user-info.js';
import { statusRetryMaxMs, statusRetryMinMs } from '../limits.js';
import type { Registry } from './registry.js';

export interface StatusWriterContext {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Writes the status of an object of which the API server is the controller. Tries until it is written, or somebody else has changed the
 * object: then there is an event to come. Never rejects.
 * @param make the whole object with its status, made anew for each attempt
 */
export async function writeStatus(
  { registry, clock, random, log, signal }: StatusWriterContext,
  definition: Definition,
  fieldManager: string,
  make: () => KubernetesObject,
): Promise<void> {
  const options = { dryRun: false, fieldValidation: 'Ignore', fieldManager } as const;
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      const body = make();
      const target = { user: apiServerUser, signal, name: body.metadata.name ?? '', subresource: 'status' };
      await registry.update(definition, { ...target, body, options });
      return;
    } catch (error) {
      if (signal.aborted || hasReason(error, 'NotFound', 'Conflict')) return;
      log.warn({ err: error, resource: definition.plural, failures }, 'a status could not be written');
      const limits = { baseMs: statusRetryMinMs, maxMs: statusRetryMaxMs };
      await sleep(clock, backoffMs(failures, limits, random), signal).catch(() => undefined);
    }
  }
}
