import { StatusError, statusErrors } from '@flotilla/api';
import { StoreError } from '@flotilla/store-client';

/**
 * What a client is told when the store failed.
 *
 * - `unavailable`: nothing happened, although the store client has tried every member for seconds. 503 without a delay: one would make
 *   kubectl try ten times before it shows the error.
 * - `unknown-outcome`: the write may or may not have been applied. 504 without a delay: only the client can decide.
 * - everything else that is not a bug: 500 with the store's text, as kube-apiserver does.
 */
export function statusOfStoreFailure(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  switch (error.code) {
    case 'unavailable':
      return statusErrors.serviceUnavailable(error.message);
    case 'too-many-requests':
      return statusErrors.tooManyRequests(error.message, 1);
    case 'unknown-outcome':
      return statusErrors.timeout(`${error.message}; the request may or may not have taken effect`);
    case 'compacted':
      return tooOld('');
    case 'too-large':
      return statusErrors.requestEntityTooLarge(error.message);
    default:
      return new StatusError(500, 'InternalError', error.message);
  }
}

/** For a revision that the store or the watch cache has forgotten. @param detail such as `: 5 (80)` */
export function tooOld(detail: string): StatusError {
  return statusErrors.expired(
    detail === '' ? 'The resourceVersion for the provided list is too old.' : `too old resource version${detail}`,
  );
}

/** Runs a store call; its failures come out as StatusErrors. */
export async function throughStore<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw statusOfStoreFailure(error);
  }
}
