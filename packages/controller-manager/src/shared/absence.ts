import { hasReason, StatusError } from '@flotilla/api';

/**
 * The object is not there. Not: an API server does not serve its resource (yet, or any more), which is told by the same
 * code and says nothing of the object.
 */
export function isAbsence(error: unknown, name: string): boolean {
  return error instanceof StatusError && error.reason === 'NotFound' && error.details?.name === name;
}

/** For a write to what may have gone meanwhile. @returns undefined when it has */
export async function unlessGone<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
