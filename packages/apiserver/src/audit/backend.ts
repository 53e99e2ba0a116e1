import { type Clock, sleep } from '@flotilla/base';
import type { AuditSink, AuditTools } from './audit.js';
import { Batches } from './batches.js';
import type { AuditEvent } from './event.js';
import type { BackendOptions } from './flags.js';
import { truncated } from './truncate.js';

/** How long events that wait may take to arrive when the server stops. */
const closeTimeoutMs = 5_000;

/** Where events are kept: a file, or a webhook. */
export interface AuditBackend {
  encode(event: AuditEvent): string;
  /** @returns whether they have arrived; a failure is counted already */
  process(lines: readonly string[]): boolean | Promise<boolean>;
  /** Nobody has time any more: what is under way is not tried for long. */
  hurry(): void;
  close(): void | Promise<void>;
}

/** How events come to a backend: in batches that nobody waits for, or one by one while the request waits. */
export function openSink(backend: AuditBackend, options: BackendOptions, { clock, lost }: AuditTools): AuditSink {
  const { pass, settled } = options.mode === 'batch' ? buffered(backend, options, { clock, lost }) : blocking(backend, options);
  const { enabled, eventBytesMax } = options.truncate;
  return {
    write(event) {
      if (!enabled) return pass(backend.encode(event));
      const fitting = truncated(event, eventBytesMax);
      if (fitting !== undefined) return pass(backend.encode(fitting));
      lost('truncate', 1, new Error('event is too large even after truncating'));
      return true;
    },
    async close() {
      const closing = settled();
      backend.hurry();
      await atMost(closeTimeoutMs, clock, closing);
      await backend.close();
    },
  };
}

interface Passing {
  /** Takes an event as text: what it tells of may change later. @returns whether the request may go on */
  pass(line: string): boolean | Promise<boolean>;
  /** When nothing is under way any more. */
  settled(): Promise<unknown>;
}

function buffered(
  backend: AuditBackend,
  { batch }: BackendOptions,
  { clock, lost }: Pick<AuditTools, 'clock' | 'lost'>,
): Passing {
  const limits = {
    bufferSize: batch.bufferSize,
    batchMax: batch.maxSize,
    waitMaxMs: batch.maxWaitMs,
    throttle: batch.throttleEnabled ? { perSecond: batch.throttleQps, burst: batch.throttleBurst } : undefined,
  };
  const batches = new Batches(limits, clock, async (lines) => void (await backend.process(lines)));
  return {
    pass(line) {
      if (!batches.add(line)) lost('buffered', 1, new Error('audit buffer queue blocked'));
      return true;
    },
    settled: () => batches.close(),
  };
}

/** A failure is the request's own only in mode `blocking-strict`. */
function blocking(backend: AuditBackend, { mode }: BackendOptions): Passing {
  const underWay = new Set<Promise<boolean>>();
  return {
    pass(line) {
      const processed = backend.process([line]);
      if (!(processed instanceof Promise)) return processed || mode === 'blocking';
      underWay.add(processed);
      void processed.finally(() => underWay.delete(processed));
      return processed.then((arrived) => arrived || mode === 'blocking');
    },
    settled: () => Promise.all(underWay),
  };
}

async function atMost(timeoutMs: number, clock: Clock, what: Promise<unknown>): Promise<void> {
  const enough = new AbortController();
  await Promise.race([what, sleep(clock, timeoutMs, enough.signal).catch(() => undefined)]);
  enough.abort();
}
