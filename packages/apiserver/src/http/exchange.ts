import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '@flotilla/base';
import type { AuditTrail } from '../audit/audit-trail.js';
import { anonymousUser, type UserInfo } from '../auth/user-info.js';
import type { Request, Response } from './message.js';
import { parseRequestInfo, type RequestInfo } from './request-info.js';

export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  detach(): void;
}

/** One request on its way through the pipeline, with what the steps have found out so far. */
export class Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly method: string;
  readonly query: URLSearchParams;
  readonly info: RequestInfo;
  readonly auditId: string;
  readonly clock: Clock;
  readonly startMs: number;
  /** Of a request that asks to leave HTTP: the connection, what was read after the headers, and how to take it from `response`. */
  readonly upgrade: Upgrade | undefined;
  /** Set by authentication, and again by impersonation. */
  user: UserInfo = anonymousUser;
  /** Set once the sender is known, when something is recorded of the request. */
  audit: AuditTrail | undefined;
  /** Set by the pipeline: what is to be done when an answer that lasts has begun. */
  onStarted: (() => void) | undefined;
  /** Set by routing: the resource is one that is served. */
  known = false;
  /** Of the answer's body, before it is compressed; unknown for what passes through. */
  sentBytes = 0;
  /** How long it was waited for others: in a queue, and for webhooks. */
  elsewhereMs = 0;
  /** What the answer warns of. */
  readonly warnings = new Set<string>();
  #abort: AbortController | undefined;

  /** @throws URIError when the path is not valid percent-encoding */
  constructor(request: Request, response: Response, auditId: string, clock: Clock, upgrade?: Upgrade) {
    this.request = request;
    this.response = response;
    this.method = request.method ?? 'GET';
    this.auditId = auditId;
    this.clock = clock;
    this.startMs = clock.monotonicMs();
    this.upgrade = upgrade;
    const url = request.url ?? '/';
    const questionMark = url.indexOf('?');
    const path = questionMark < 0 ? url : url.slice(0, questionMark);
    this.query = questionMark < 0 ? noQuery : new URLSearchParams(url.slice(questionMark + 1));
    this.info = parseRequestInfo(this.method, path.includes('%') ? decodeURIComponent(path) : path, this.query);
  }

  /** Aborts when the client goes away before it has its answer. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      if (this.response.destroyed || this.request.socket.destroyed) abort.abort(clientGone());
      else {
        const closed = () => {
          if (!this.response.writableFinished) abort.abort(clientGone());
        };
        if (this.upgrade === undefined) this.response.once('close', closed);
        else this.upgrade.socket.once('close', closed);
      }
    }
    return this.#abort.signal;
  }

  /** Waits for others, whose time this is. */
  async elsewhere<T>(work: Promise<T>): Promise<T> {
    const startMs = this.clock.monotonicMs();
    try {
      return await work;
    } finally {
      this.elsewhereMs += this.clock.monotonicMs() - startMs;
    }
  }

  warn(text: string): void {
    this.warnings.add(text);
  }

  annotate(key: string, value: string): void {
    this.audit?.annotate(key, value);
  }

  /** The headers of an answer that lasts have gone out. */
  started(): void {
    this.audit?.started();
    this.onStarted?.();
  }

  /** Ends the work on the request from this side. */
  abort(reason: Error): void {
    if (this.#abort === undefined) void this.signal;
    this.#abort?.abort(reason);
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }
}

const noQuery = new URLSearchParams();

/** Why a request's signal aborts when the connection closes: nobody is left to answer. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

function clientGone(): ClientGoneError {
  return new ClientGoneError('the client closed the connection');
}

/** `?pretty`, `?pretty=true`, `?dryRun`: present and not `false` or `0`. */
export function booleanParameter(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  return value === null ? undefined : value !== 'false' && value !== '0' && value !== 'f' && value !== 'F';
}
