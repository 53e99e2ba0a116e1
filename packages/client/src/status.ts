import { type Status, StatusError, statusErrorFrom } from '@flotilla/api';

/** The StatusError in an answer's body; proxies and half-started servers answer with something else than a Status. */
export function statusErrorOf(code: number, body: string): StatusError {
  try {
    const parsed: unknown = JSON.parse(body);
    if (isStatus(parsed)) return statusErrorFrom(parsed, code);
  } catch {
    // Not JSON: the text itself is all there is to tell.
  }
  const text = body.trim().slice(0, 1_000);
  return new StatusError(code, reasons[code] ?? '', text === '' ? `the server answered with HTTP status ${code}` : text);
}

export function isStatus(value: unknown): value is Status {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'Status'; // read after checking
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};
