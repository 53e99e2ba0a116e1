import { type Definition, kinds } from '@flotilla/api';
import { type Clock, type Logger, type Random, sleep } from '@flotilla/base';
import type { ReloadingTls } from '@flotilla/process';
import type { Authentication } from '../auth/authentication.js';
import { follow } from '../auth/followed-resource.js';
import { authenticationInfoCheckMs } from '../limits.js';
import type { Registry } from '../registry/registry.js';
import { authenticationInfoName, ensureAuthenticationInfo } from './ensure.js';

export interface AuthenticationInfoOptions {
  readonly registry: Registry;
  readonly authentication: Pick<Authentication, 'info' | 'frontProxy'>;
  /** Has the authority of clients. */
  readonly tls: ReloadingTls;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Tells extension API servers whom to trust: now, whenever an authority is replaced, whenever somebody changes or deletes the ConfigMap, and
 * from time to time, since authorities expire.
 */
export async function keepAuthenticationInfo(options: AuthenticationInfoOptions): Promise<void> {
  const { registry, authentication, tls, clock, log, signal } = options;
  const tell = () => ensureAuthenticationInfo(registry, authentication.info(tls.current().ca), clock.wallMs(), signal);
  await tell();
  let told = Promise.resolve();
  const again = () => {
    told = told.then(tell).catch((error: unknown) => {
      if (!signal.aborted) log.warn({ err: error }, 'extension-apiserver-authentication was not updated');
    });
  };
  tls.onChange(again);
  authentication.frontProxy?.authority.onChange(again);
  const definition = kinds.configMaps as unknown as Definition; // declared with its own object type
  const { namespace, name } = authenticationInfoName;
  const selection = { namespace, fieldSelector: `metadata.name=${name}` };
  await follow({ ...options, definition, selection, follower: { set: again, delete: again } });
  void checkAgain(again, clock, signal);
}

async function checkAgain(again: () => void, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(clock, authenticationInfoCheckMs, signal).catch(() => {});
    if (!signal.aborted) again();
  }
}
