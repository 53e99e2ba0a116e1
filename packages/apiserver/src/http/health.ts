import type { Clock } from '@flotilla/base';
import { type HealthCheck, runChecks } from '@flotilla/process';
import type { KeyValueStore } from '@flotilla/store-client';
import { storeHealthTimeoutMs, storeHealthTtlMs } from '../limits.js';
import type { Exchange } from './exchange.js';
import { respondText } from './respond.js';

/** Named checks per endpoint: alive means not restarted, ready means sent traffic. */
export interface HealthChecks {
  readonly healthz: Readonly<Record<string, HealthCheck>>;
  readonly livez: Readonly<Record<string, HealthCheck>>;
  readonly readyz: Readonly<Record<string, HealthCheck>>;
}

const endpoint = /^\/(healthz|livez|readyz)(?:\/(.*))?$/;

/** Answers `/healthz`, `/livez/ping`, `/readyz?verbose` and the like; undefined when the path is not one of them. */
export function serveHealth(exchange: Exchange, checks: HealthChecks): Promise<void> | undefined {
  const match = endpoint.exec(exchange.info.path);
  if (match === null) return undefined;
  const name = match[1] as keyof HealthChecks; // the pattern has no other alternatives
  return runChecks(checks[name], name, match[2] ?? '', exchange.query).then(({ code, text }) =>
    respondText(exchange, code, text),
  );
}

/** Whether the store answers; asked at most once in a while, however many probes come. */
export function storeCheck(store: KeyValueStore, clock: Clock): HealthCheck {
  const key = Buffer.from('/registry/health');
  let last: { readonly result: Promise<void>; readonly atMs: number } | undefined;
  return () => {
    if (last === undefined || clock.monotonicMs() - last.atMs > storeHealthTtlMs) {
      const result = ask();
      result.catch(() => {}); // the probe that waits for it reports it
      last = { result, atMs: clock.monotonicMs() };
    }
    return last.result;
  };

  async function ask(): Promise<void> {
    const abort = new AbortController();
    const cancel = clock.after(storeHealthTimeoutMs, () => abort.abort(new Error('the store does not answer')));
    try {
      await store.range({ key, countOnly: true }, abort.signal);
    } finally {
      cancel();
    }
  }
}
