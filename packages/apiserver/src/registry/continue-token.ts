import { isRecord, statusErrors } from '@flotilla/api';

/** Where the next page of a list begins, and of which state. */
export interface Continuation {
  /** Undefined: whatever is current, for those who go on although the state that they began with is gone. */
  readonly revision: number | undefined;
  /** The first key that may belong to the page. */
  readonly startKey: string;
}

const version = 'meta.k8s.io/v1';
/** In a token: the list goes on with what is current. */
const currentRevision = -1;

/**
 * @param prefix of the list's keys; left out of the token, so that a token cannot lead out of its collection
 * @param revision undefined: the list goes on with what is current
 */
export function continueToken(prefix: string, startKey: string, revision: number | undefined): string {
  const token = { v: version, rv: revision ?? currentRevision, start: startKey.slice(prefix.length) };
  return Buffer.from(JSON.stringify(token), 'utf8').toString('base64url');
}

/** @throws StatusError BadRequest for what is none of our tokens */
export function parseContinue(prefix: string, token: string): Continuation {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    throw notValid(': illegal base64 data or JSON');
  }
  if (!isRecord(value) || value['v'] !== version) {
    const given = isRecord(value) && typeof value['v'] === 'string' ? value['v'] : '';
    throw notValid(`: server does not recognize this encoded version ${given}`);
  }
  const { rv, start } = value;
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0) {
    throw notValid(': incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  }
  if (typeof start !== 'string' || start === '') throw notValid(': encoded start key empty (version meta.k8s.io/v1)');
  if (!isCleanPath(start)) throw notValid(`: ${start}`);
  return { revision: rv < 0 ? undefined : rv, startKey: prefix + start };
}

/** A path that leads nowhere but down, without detours. */
function isCleanPath(path: string): boolean {
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function notValid(why: string): Error {
  return statusErrors.badRequest(`invalid continue token: continue key is not valid${why}`);
}
