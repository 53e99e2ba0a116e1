import { readFileSync } from 'node:fs';
import { sleep } from '@flotilla/base';
import { ConfigError, type DaemonContext, reloadingTls } from '@flotilla/process';
import { type KeyValueStore, openNative } from '@flotilla/store-client';
import type { ApiServerFlags } from './config.js';
import { storeConnectTimeoutMs, storeHealthTimeoutMs } from './limits.js';

const retryMs = 100;

/**
 * Connects to the store and waits until it answers.
 * @throws ConfigError when it does not within the time that a cluster takes to start
 */
export async function openStore(flags: ApiServerFlags, context: DaemonContext): Promise<KeyValueStore> {
  const { clock, random, log } = context;
  const tls = storeTls(flags, context);
  const store = openNative({ endpoints: flags.etcdServers, clock, random, log, ...(tls === undefined ? {} : { tls }) });
  const deadlineMs = clock.monotonicMs() + storeConnectTimeoutMs;
  for (;;) {
    context.signal.throwIfAborted();
    const failure = await probe(store, context);
    if (failure === undefined) return store;
    if (clock.monotonicMs() >= deadlineMs) {
      await store.close();
      throw new ConfigError(`--etcd-servers: no answer from ${flags.etcdServers.join(', ')}: ${failure}`);
    }
    log.debug({ reason: failure }, 'the store does not answer yet');
    await sleep(clock, retryMs, context.signal);
  }
}

async function probe(store: KeyValueStore, { clock }: DaemonContext): Promise<string | undefined> {
  const abort = new AbortController();
  const cancel = clock.after(storeHealthTimeoutMs, () => abort.abort(new Error('timed out')));
  try {
    await store.range({ key: Buffer.from('health'), countOnly: true }, abort.signal);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    cancel();
  }
}

type StoreTls = () => { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };

function storeTls(
  { etcdCafile, etcdCertfile, etcdKeyfile }: ApiServerFlags,
  { log, signal }: DaemonContext,
): StoreTls | undefined {
  if (etcdCertfile === undefined || etcdKeyfile === undefined) {
    if (etcdCafile === undefined) return undefined;
    const ca = readFile(etcdCafile, '--etcd-cafile');
    return () => ({ ca });
  }
  const ca = etcdCafile === undefined ? {} : { ca: etcdCafile };
  const tls = reloadingTls({ cert: etcdCertfile, key: etcdKeyfile, ...ca }, log);
  signal.addEventListener('abort', () => tls.close(), { once: true });
  return () => tls.current();
}

/** @throws ConfigError naming the flag */
export function readFile(path: string, flag: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ConfigError(`${flag}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
