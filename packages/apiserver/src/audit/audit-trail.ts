import { isRecord, StatusError, statusErrors } from '@flotilla/api';
import { type Clock, errorMessage } from '@flotilla/base';
import type { Decision } from '../auth/authorizers/authorizer.js';
import type { UserInfo } from '../auth/user-info.js';
import type { Exchange } from '../http/exchange.js';
import { type AuditEvent, auditUser, microTime, type ObjectRef, presentTexts } from './event.js';
import type { AuditDecision, Stage } from './policy.js';

/** Takes finished events. @returns whether the request may go on, as far as it has to wait for that */
export type AuditSink = (event: AuditEvent) => boolean | Promise<boolean>;

/** What is recorded of one request while it goes through the pipeline. An event leaves at each stage that the policy wants. */
export class AuditTrail {
  readonly #exchange: Exchange;
  readonly #decision: AuditDecision;
  readonly #sink: AuditSink;
  readonly #clock: Clock;
  readonly #receivedMs: number;
  readonly #user: UserInfo;
  readonly #annotations: Record<string, string> = {};
  #impersonated: UserInfo | undefined;
  #requestObject: unknown;
  #objectMeta: Pick<ObjectRef, 'namespace' | 'name' | 'uid' | 'resourceVersion'> = {};
  #responseText: string | undefined;
  #status: StatusError | undefined;
  #panicked = false;
  #started = false;

  constructor(exchange: Exchange, decision: AuditDecision, sink: AuditSink, clock: Clock) {
    this.#exchange = exchange;
    this.#decision = decision;
    this.#sink = sink;
    this.#clock = clock;
    this.#user = exchange.user;
    // The request came when the exchange was made, on the other clock.
    this.#receivedMs = clock.wallMs() - (clock.monotonicMs() - exchange.startMs);
  }

  /** Whether the answer's body is recorded, so that nobody encodes it in vain. */
  get wantsResponse(): boolean {
    return this.#decision.level === 'RequestResponse' && this.#exchange.info.isResourceRequest;
  }

  /** @returns whether the request may go on */
  received(): boolean | Promise<boolean> {
    return this.#emit('RequestReceived');
  }

  impersonated(user: UserInfo): void {
    this.#impersonated = user;
  }

  decided({ verdict, reason }: Decision): void {
    this.#annotations['authorization.k8s.io/decision'] = verdict === 'allow' ? 'allow' : 'forbid';
    this.#annotations['authorization.k8s.io/reason'] = reason;
  }

  /** What admission has to say. A key keeps its first value, so that nobody can talk over another. */
  annotate(key: string, value: string): void {
    if (!Object.hasOwn(this.#annotations, key)) this.#annotations[key] = value;
  }

  /** The body as it came, decoded. */
  requestObject(value: unknown): void {
    if (!isRecord(value)) {
      if (value !== undefined && this.#recordsRequest) this.#requestObject = value;
      return;
    }
    const metadata = isRecord(value['metadata']) ? value['metadata'] : {};
    const { namespace, name, uid, resourceVersion } = metadata as Record<string, string | undefined>; // whatever else they are is left out below
    this.#objectMeta = { ...onlyTexts({ namespace, name, uid, resourceVersion }) };
    if (this.#recordsRequest) this.#requestObject = this.#decision.omitManagedFields ? withoutManagedFields(value) : value;
  }

  /** JSON text of the answer. */
  responseText(text: string): void {
    if (this.wantsResponse) this.#responseText = text;
  }

  /** The headers of an answer that lasts have gone out. */
  started(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#emit('ResponseStarted');
  }

  failed(error: unknown): void {
    this.#panicked = !(error instanceof StatusError);
    this.#status = error instanceof StatusError ? error : statusErrors.internalError(errorMessage(error));
  }

  /** The last event of the request. */
  completed(isLongRunning: boolean): void {
    if (isLongRunning) this.started();
    void this.#emit(this.#panicked ? 'Panic' : 'ResponseComplete');
  }

  /** A credential was shown and not accepted: one event says so, and is all there is. */
  refused(error: StatusError): void {
    this.#status = error;
    void this.#emit('ResponseStarted');
  }

  get #recordsRequest(): boolean {
    const { level } = this.#decision;
    return (level === 'Request' || level === 'RequestResponse') && this.#exchange.info.isResourceRequest;
  }

  #emit(stage: Stage): boolean | Promise<boolean> {
    if (this.#decision.omitStages.includes(stage)) return true;
    const { request, info, auditId, response } = this.#exchange;
    const userAgent = request.headers['user-agent'];
    const answered = stage !== 'RequestReceived';
    return this.#sink({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: this.#decision.level,
      auditID: auditId,
      stage,
      requestURI: request.url ?? '',
      verb: info.verb,
      user: auditUser(this.#user),
      ...(this.#impersonated === undefined ? {} : { impersonatedUser: auditUser(this.#impersonated) }),
      sourceIPs: sourceIPs(this.#exchange),
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(info.isResourceRequest ? { objectRef: this.#objectRef() } : {}),
      ...(answered ? { responseStatus: this.#responseStatus(response.statusCode) } : {}),
      ...(this.#requestObject === undefined ? {} : { requestObject: this.#requestObject }),
      ...(answered ? this.#responseObject() : {}),
      requestReceivedTimestamp: microTime(this.#receivedMs),
      stageTimestamp: microTime(this.#clock.wallMs()),
      ...(Object.keys(this.#annotations).length === 0 ? {} : { annotations: { ...this.#annotations } }),
    });
  }

  #objectRef(): ObjectRef {
    const { resource, namespace, name, apiGroup, apiVersion, subresource } = this.#exchange.info;
    const { uid, resourceVersion } = this.#objectMeta;
    const named = { namespace: namespace || this.#objectMeta.namespace, name: name || this.#objectMeta.name };
    return presentTexts({ resource, ...named, uid, apiGroup, apiVersion, resourceVersion, subresource });
  }

  #responseStatus(code: number): Readonly<Record<string, unknown>> {
    if (this.#status === undefined) return { metadata: {}, code: this.#exchange.upgrade === undefined ? code : 101 };
    const { kind: _kind, apiVersion: _version, ...status } = this.#status.status;
    return status;
  }

  #responseObject(): { readonly responseObject?: unknown } {
    if (this.wantsResponse && this.#status !== undefined) return { responseObject: this.#status.status };
    if (this.#responseText === undefined) return {};
    const value: unknown = JSON.parse(this.#responseText);
    return { responseObject: this.#decision.omitManagedFields && isRecord(value) ? withoutManagedFields(value) : value };
  }
}

/** The proxies that say for whom they speak, then the one who really connected. All but the last may be invented. */
function sourceIPs({ request }: Exchange): readonly string[] {
  const forwarded = request.headers['x-forwarded-for'];
  const header = Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? '');
  const named = header
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  const realIp = request.headers['x-real-ip'];
  if (typeof realIp === 'string' && realIp !== '' && !named.includes(realIp)) named.push(realIp);
  const remote = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  return remote === '' || named.at(-1) === remote ? named : [...named, remote];
}

function onlyTexts<T extends Readonly<Record<string, unknown>>>(values: T): Partial<Record<keyof T, string>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value === 'string')) as Partial<
    Record<keyof T, string>
  >; // the same members, fewer of them
}

function withoutManagedFields(value: Record<string, unknown>): Record<string, unknown> {
  const { metadata, items } = value;
  const kept = isRecord(metadata)
    ? { metadata: Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== 'managedFields')) }
    : {};
  return {
    ...value,
    ...kept,
    ...(Array.isArray(items)
      ? { items: items.map((item: unknown) => (isRecord(item) ? withoutManagedFields(item) : item)) }
      : {}),
  };
}
