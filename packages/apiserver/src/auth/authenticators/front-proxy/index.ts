import { statusErrors } from '@flotilla/api';
import type { ReloadingFile } from '@flotilla/process';
import type { Request } from '../../../http/message.js';
import { unescapeKey } from '../../unescape-key.js';
import { authenticatedGroup, type UserInfo, unauthenticatedGroup } from '../../user-info.js';
import type { Authenticator } from '../authenticator.js';
import { authoritiesOf, peerCertificate } from '../peer-certificate.js';

/** The `--requestheader-…` flags. */
export interface FrontProxyOptions {
  /** PEM of `--requestheader-client-ca-file`, as it is now. */
  readonly authority: Pick<ReloadingFile, 'current' | 'onChange'>;
  /** Common names that a proxy may have; empty: any. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
}

/**
 * A proxy that has authenticated its client says in headers who that is. It is believed when it shows a certificate of
 * the authority that is for such proxies alone. The headers end here: nobody behind can take them for its own.
 */
export function frontProxyAuthenticator(options: FrontProxyOptions): Authenticator {
  const isProxy = authoritiesOf(() => options.authority.current());
  const lower = (names: readonly string[]) => names.map((name) => name.toLowerCase());
  const headers = {
    username: lower(options.usernameHeaders),
    uid: lower(options.uidHeaders),
    group: lower(options.groupHeaders),
    extra: lower(options.extraHeaderPrefixes),
  };
  return {
    name: 'front-proxy',
    authenticate({ request }) {
      const certificate = peerCertificate(request.socket);
      if (certificate === 'none' || certificate === 'invalid' || !isProxy(certificate)) return undefined;
      if (options.allowedNames.length > 0 && !options.allowedNames.includes(certificate.commonName)) {
        throw statusErrors.unauthorized();
      }
      const [username = ''] = valuesOf(request, headers.username);
      if (username === '') return undefined;
      const [uid = ''] = valuesOf(request, headers.uid);
      const groups = valuesOf(request, headers.group);
      const user = { username, uid, groups: withImplied(groups), extra: extraOf(request, headers.extra) } satisfies UserInfo;
      clear(request, headers);
      return user;
    },
  };
}

function withImplied(groups: readonly string[]): readonly string[] {
  return groups.includes(authenticatedGroup) || groups.includes(unauthenticatedGroup) ? groups : [...groups, authenticatedGroup];
}

function valuesOf({ headersDistinct }: Request, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => headersDistinct[name] ?? []).filter((value) => value !== '');
}

function extraOf({ headersDistinct }: Request, prefixes: readonly string[]): UserInfo['extra'] {
  const extra: Record<string, string[]> = Object.create(null);
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const prefix of prefixes) {
      if (!name.startsWith(prefix)) continue;
      const key = unescapeKey(name.slice(prefix.length));
      extra[key] = [...(extra[key] ?? []), ...values];
    }
  }
  return extra;
}

function clear(
  request: Request,
  { username, uid, group, extra }: Readonly<Record<'username' | 'uid' | 'group' | 'extra', readonly string[]>>,
): void {
  const names = new Set([...username, ...uid, ...group]);
  for (const name of Object.keys(request.headers)) {
    if (!names.has(name) && !extra.some((prefix) => name.startsWith(prefix))) continue;
    delete request.headers[name];
    delete request.headersDistinct[name];
  }
}
