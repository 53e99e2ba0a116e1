import type { Status, StatusCause, StatusDetails } from '../generated/types.js';
import { type GroupKind, type GroupResource, groupKindText, groupResourceText } from '../objects.js';
import { type FieldError, fieldErrorsText } from './field-error.js';

export type StatusReason =
  | ''
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'ServerTimeout'
  | 'Timeout'
  | 'TooManyRequests'
  | 'BadRequest'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'InternalError'
  | 'Expired'
  | 'ServiceUnavailable';

/** An expected failure of an API call, with the reason, code and words that Kubernetes gives it. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  /** HTTP status code. */
  readonly code: number;
  readonly reason: StatusReason | string;
  readonly details: StatusDetails | undefined;
  /** Where to go on with a list that could not be continued as it began. */
  readonly continueToken: string | undefined;

  constructor(code: number, reason: StatusReason | string, message: string, details?: StatusDetails, continueToken?: string) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.continueToken = continueToken;
  }

  /** The body of the response. */
  get status(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continueToken === undefined ? {} : { continue: this.continueToken },
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

/** What a client makes of the Status in a response. `code` is the response's own, for a Status without one. */
export function statusErrorFrom(status: Status, code = 500): StatusError {
  return new StatusError(
    status.code ?? code,
    status.reason ?? '',
    status.message ?? 'unknown error',
    status.details,
    status.metadata?.continue,
  );
}

/** Whether `error` is a StatusError with one of these reasons. */
export function hasReason(error: unknown, ...reasons: readonly StatusReason[]): error is StatusError {
  return error instanceof StatusError && reasons.some((reason) => reason === error.reason);
}

const staleObject = 'the object has been modified; please apply your changes to the latest version and try again';

/** The failures by reason; what they say is what k8s.io/apimachinery's errors package says. */
export const statusErrors = {
  notFound: (resource: GroupResource, name: string) =>
    new StatusError(404, 'NotFound', `${groupResourceText(resource)} ${quoted(name)} not found`, detailsOf(resource, name)),

  /** For a path that leads nowhere. */
  notFoundPath: () => new StatusError(404, 'NotFound', 'the server could not find the requested resource', {}),

  alreadyExists: (resource: GroupResource, name: string) =>
    new StatusError(
      409,
      'AlreadyExists',
      `${groupResourceText(resource)} ${quoted(name)} already exists`,
      detailsOf(resource, name),
    ),

  /** A write that lost against another: by default, because the resourceVersion is no longer the object's. */
  conflict: (resource: GroupResource, name: string, why: string = staleObject) =>
    new StatusError(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${groupResourceText(resource)} ${quoted(name)}: ${why}`,
      detailsOf(resource, name),
    ),

  invalid: (kind: GroupKind, name: string, errors: readonly FieldError[]) => {
    const list = errors.length === 0 ? '' : `: ${fieldErrorsText(errors)}`;
    const details = { ...detailsOf({ group: kind.group, resource: kind.kind }, name), causes: errors.map(causeOf) };
    return new StatusError(422, 'Invalid', `${groupKindText(kind)} ${quoted(name)} is invalid${list}`, details);
  },

  badRequest: (message: string) => new StatusError(400, 'BadRequest', message),

  /** `why` as an authorizer or admission plugin puts it. Without a resource, a request for a path was refused. */
  forbidden: (resource: GroupResource | undefined, name: string, why: string) => {
    if (resource === undefined) return new StatusError(403, 'Forbidden', `forbidden: ${why}`, {});
    const subject = name === '' ? groupResourceText(resource) : `${groupResourceText(resource)} ${quoted(name)}`;
    return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${why}`, detailsOf(resource, name));
  },

  unauthorized: (message = 'Unauthorized') => new StatusError(401, 'Unauthorized', message),

  /** A resourceVersion or continue token from before the last compaction: list again. */
  expired: (message: string, continueToken?: string) => new StatusError(410, 'Expired', message, undefined, continueToken),

  gone: (message: string) => new StatusError(410, 'Gone', message),

  tooManyRequests: (message: string, retryAfterSeconds: number) =>
    new StatusError(429, 'TooManyRequests', message, { retryAfterSeconds }),

  methodNotAllowed: (resource: GroupResource, action: string) =>
    new StatusError(
      405,
      'MethodNotAllowed',
      `${action} is not supported on resources of kind ${quoted(groupResourceText(resource))}`,
      {
        ...detailsOf(resource, ''),
      },
    ),

  notAcceptable: (mediaTypes: readonly string[]) =>
    new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${mediaTypes.join(', ')}`),

  unsupportedMediaType: (mediaTypes: readonly string[]) =>
    new StatusError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${mediaTypes.join(', ')}`,
    ),

  requestEntityTooLarge: (message: string) =>
    new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: ${message}`),

  /** The call did not finish in time; whether it took effect is unknown. */
  timeout: (message: string, retryAfterSeconds = 0) =>
    new StatusError(504, 'Timeout', `Timeout: ${message}`, retryAfterSeconds === 0 ? {} : { retryAfterSeconds }),

  /** The server could not finish the call now; the client may try again. */
  serverTimeout: (resource: GroupResource, operation: string, retryAfterSeconds = 0) =>
    new StatusError(
      500,
      'ServerTimeout',
      `The ${operation} operation against ${groupResourceText(resource)} could not be completed at this time, please try again.`,
      { ...detailsOf(resource, ''), ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }) },
    ),

  internalError: (message: string) =>
    new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] }),

  serviceUnavailable: (message: string, retryAfterSeconds = 0) =>
    new StatusError(503, 'ServiceUnavailable', message, retryAfterSeconds === 0 ? undefined : { retryAfterSeconds }),
};

function causeOf(error: FieldError): StatusCause {
  return { reason: error.reason, message: error.message, field: error.field };
}

function detailsOf({ group, resource }: GroupResource, name: string): StatusDetails {
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource };
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
