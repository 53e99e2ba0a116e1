import type { Logger } from '@flotilla/base';
import type { ReloadingTls } from '@flotilla/process';
import type { Authentication } from '../auth/authentication.js';
import type { Registry } from '../registry/registry.js';
import { ensureAuthenticationInfo } from './ensure.js';

/**
 * Tells extension API servers whom to trust, now and whenever an authority is replaced.
 * @param tls has the authority of clients
 */
export async function followAuthenticationInfo(
  registry: Registry,
  { info, frontProxy }: Pick<Authentication, 'info' | 'frontProxy'>,
  tls: ReloadingTls,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const tell = () => ensureAuthenticationInfo(registry, info(tls.current().ca), signal);
  await tell();
  const again = () => {
    tell().catch((error: unknown) => {
      if (!signal.aborted) log.warn({ err: error }, 'extension-apiserver-authentication was not updated');
    });
  };
  tls.onChange(again);
  frontProxy?.authority.onChange(again);
}
