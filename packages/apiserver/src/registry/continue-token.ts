import { isRecord, statusErrors } from '@flotilla/api';

/** Where the next page of a list begins, and of which state. */
export interface Continuation {
  readonly revision: number;
  /** The first key that may belong to the page. */
  readonly startKey: string;
}

const version = 'meta.k8s.io/v1';

/** @param prefix of the list's keys; left out of the token, so that a token cannot lead out of its collection */
export function continueToken(prefix: string, lastKey: string, revision: number): string {
  const start = `${lastKey.slice(prefix.length)}\0`;
  return Buffer.from(JSON.stringify({ v: version, rv: revision, start }), 'utf8').toString('base64url');
}

/** @throws StatusError BadRequest for what is none of our tokens */
export function parseContinue(prefix: string, token: string): Continuation {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    throw notValid('illegal base64 data or JSON');
  }
  if (!isRecord(value) || value['v'] !== version) throw notValid('server does not recognize this encoded version');
  const { rv, start } = value;
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv <= 0)
    throw notValid('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof start !== 'string' || start === '') throw notValid('encoded start key empty (version meta.k8s.io/v1)');
  if (start.split('/').includes('..')) throw notValid(`encoded start key not valid`);
  return { revision: rv, startKey: prefix + start };
}

function notValid(why: string): Error {
  return statusErrors.badRequest(`continue key is not valid: ${why}`);
}
