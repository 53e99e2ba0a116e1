import { StatusError } from '@flotilla/api';

/**
 * The object is not there. Not: an API server does not serve its resource (yet, or any more), which is told by the same
 * code and says nothing of the object.
 */
export function isAbsence(error: unknown, name: string): boolean {
  return error instanceof StatusError && error.reason === 'NotFound' && error.details?.name === name;
}
