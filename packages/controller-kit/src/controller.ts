import { setMaxListeners } from 'node:events';
import { hasReason, StatusError } from '@flotilla/api';
import { AssertionError, type Logger } from '@flotilla/base';
import type { WorkQueue } from './work-queue.js';

/** What a reconcile asks for besides being done. */
export interface ReconcileResult {
  /** Look at the key again after this time, though nothing may have changed. */
  readonly requeueAfterMs?: number;
}

export const done: ReconcileResult = {};

export interface ControllerOptions {
  /** As in logs and in `--controllers`. */
  readonly name: string;
  readonly queue: WorkQueue;
  /** How many keys are worked on at once. */
  readonly workers: number;
  /** Makes the world fit the key's object. Throwing means: again, later. An AssertionError is a bug and ends the controller. */
  reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult>;
  readonly log: Logger;
}

/**
 * Works on the queue's keys until the signal aborts; the reconciles under way then run to their end (they get the signal).
 * @throws AssertionError of a reconcile
 */
export async function runController(options: ControllerOptions, signal: AbortSignal): Promise<void> {
  const { queue } = options;
  const stop = () => queue.shutDown();
  setMaxListeners(0, signal); // every request of every worker listens to it
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.all(Array.from({ length: options.workers }, () => work(options, signal)));
  } finally {
    signal.removeEventListener('abort', stop);
    queue.shutDown();
  }
}

async function work(options: ControllerOptions, signal: AbortSignal): Promise<void> {
  const { queue } = options;
  for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
    try {
      const result = await options.reconcile(key, signal);
      queue.forget(key);
      if (result.requeueAfterMs !== undefined) queue.addAfter(key, result.requeueAfterMs);
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      if (signal.aborted) return;
      report(options, key, error);
      queue.addRateLimited(key);
    } finally {
      queue.done(key);
    }
  }
}

/** Losing a race against another writer is everyday life; the rest an operator may want to see. */
function report({ name, log, queue }: ControllerOptions, key: string, error: unknown): void {
  const fields = { controller: name, key, failures: queue.failures(key) + 1, err: error };
  if (hasReason(error, 'Conflict', 'AlreadyExists', 'NotFound') || isNamespaceTerminating(error))
    log.debug(fields, 'reconcile lost a race, trying again');
  else log.warn(fields, 'reconcile failed, trying again');
}

/** The server refuses to create anything in a namespace that is being deleted: no use in trying again. */
export function isNamespaceTerminating(error: unknown): boolean {
  return error instanceof StatusError && error.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') === true;
}
