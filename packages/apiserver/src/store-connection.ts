import { readFileSync } from 'node:fs';
import { type Clock, errorMessage, type Logger, sleep } from '@flotilla/base';
import { ConfigError, type DaemonContext, reloadingTls } from '@flotilla/process';
import { type KeyValueStore, openDetected } from '@flotilla/store-client';
import type { ApiServerFlags } from './config.js';
import { storeConnectTimeoutMs, storeProbeTimeoutMs, storeRetryMs } from './limits.js';

export interface StoreConnection {
  readonly store: KeyValueStore;
  close(): Promise<void>;
}

/** A client of `--etcd-servers`: our own store, or an etcd. It connects when first used. Its certificate is read again when it is replaced. */
export function openStore(flags: ApiServerFlags, { clock, random, log }: DaemonContext): StoreConnection {
  const { etcdCertfile: cert, etcdKeyfile: key, etcdCafile: ca, etcdServers: endpoints } = flags;
  if (cert === undefined || key === undefined) {
    const tls = ca === undefined ? {} : { tls: { ca: readCa(ca) } };
    const store = openDetected({ endpoints, ...tls, clock, random, log });
    return { store, close: () => store.close() };
  }
  const tls = reloadingTls({ cert, key, ...(ca === undefined ? {} : { ca }) }, log);
  const store = openDetected({ endpoints, tls: () => tls.current(), clock, random, log });
  return {
    store,
    async close() {
      tls.close();
      await store.close();
    },
  };
}

function readCa(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    throw new ConfigError(`open ${path}: cannot be read`);
  }
}

/**
 * Waits until the store answers, with a log line for every attempt that fails.
 * @throws ConfigError when it does not for a minute; the signal's reason when the process is to stop
 */
export async function waitForStore(
  store: KeyValueStore,
  endpoints: readonly string[],
  { clock, log, signal }: { readonly clock: Clock; readonly log: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const startMs = clock.monotonicMs();
  for (;;) {
    try {
      await answers(store, clock, signal);
      return;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const reason = errorMessage(error);
      if (clock.monotonicMs() - startMs > storeConnectTimeoutMs) {
        throw new ConfigError(`the store at ${endpoints.join(', ')} (--etcd-servers) cannot be reached: ${reason}`);
      }
      log.warn({ endpoints, reason }, 'the store cannot be reached yet');
    }
    await sleep(clock, storeRetryMs, signal);
  }
}

async function answers(store: KeyValueStore, clock: Clock, signal: AbortSignal): Promise<void> {
  const abort = new AbortController();
  const stop = () => abort.abort(signal.reason);
  signal.addEventListener('abort', stop);
  const cancel = clock.after(storeProbeTimeoutMs, () => abort.abort(new Error('no answer in time')));
  try {
    await store.range({ key: Buffer.from('/registry/health'), countOnly: true }, abort.signal);
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
  }
}
