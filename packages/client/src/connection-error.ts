/**
 * No answer came from any API server. Distinct from StatusError, which is an answer.
 * `sent` false: no server has seen the request, it is safe to try again.
 * `sent` true: the request may or may not have been carried out; read before you write again.
 */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly sent: boolean;
  readonly server: string;

  constructor(server: string, sent: boolean, cause: unknown) {
    super(`${server}: ${describe(cause)}`, { cause });
    this.server = server;
    this.sent = sent;
  }
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause instanceof AggregateError && cause.errors.length > 0) return describe(cause.errors[0]);
  return cause.message !== '' ? cause.message : String((cause as { code?: unknown }).code ?? cause.name); // Node's errors carry a code
}

const beforeSendingCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Whether bytes of the request can have reached a server before this failure. In doubt: yes. */
export function mayHaveBeenSent(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(mayHaveBeenSent);
  if (!(error instanceof Error)) return true;
  const { code } = error as { code?: unknown }; // Node's errors carry a code
  if (typeof code === 'string' && beforeSendingCodes.has(code)) return false;
  return !error.message.includes('before secure TLS connection was established');
}
