import { type Definition, kinds } from '@flotilla/api';
import type { Clock, Logger } from '@flotilla/base';
import { ConfigError, type Metrics, type ReloadingFile, reloadingFile } from '@flotilla/process';
import { Counter } from 'prom-client';
import { readConfigText } from '../config-document.js';
import type { Registry } from '../registry/registry.js';
import { readAuthenticationConfig } from './authentication-config.js';
import { type AnonymousAccess, healthPaths } from './authenticators/anonymous/index.js';
import { audienceAgnostic } from './authenticators/audience-agnostic.js';
import type { TokenAuthenticator } from './authenticators/authenticator.js';
import { bootstrapTokenAuthenticator } from './authenticators/bootstrap-token/index.js';
import type { FrontProxyOptions } from './authenticators/front-proxy/index.js';
import { type OidcOptions, oidcAuthenticator } from './authenticators/oidc/index.js';
import { serviceAccountAuthenticator } from './authenticators/service-account/index.js';
import { staticTokenAuthenticator } from './authenticators/static-token/index.js';
import { boundObject } from './bound-objects.js';
import type { AuthenticationFlags } from './flags.js';
import { type IssuerDocuments, issuerDocuments } from './issuer-documents.js';
import { oidcFlags } from './oidc-flags.js';
import { readPublicKeys, readSigningKey } from './service-account-keys.js';
import type { TokenIssuer } from './token-request.js';

export interface Authentication {
  readonly anonymous: AnonymousAccess;
  readonly frontProxy: FrontProxyOptions | undefined;
  /** What others verify the tokens of this issuer with; undefined: it signs none. */
  readonly issuerDocuments: IssuerDocuments | undefined;
  /**
   * For extension API servers: the authorities and headers as they are now, as the ConfigMap extension-apiserver-authentication has them.
   * @param clientCa PEM of `--client-ca-file`
   */
  info(clientCa: Buffer | undefined): Readonly<Record<string, string>>;
  close(): void;
  /** Every sort of bearer token, in the order in which they are tried. */
  tokens(registry: Registry): readonly TokenAuthenticator[];
}

interface Tools {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/**
 * What the flags say about who is who. Reads every file now, so that a mistake shows at the start.
 * @throws ConfigError
 */
export function readAuthentication(flags: AuthenticationFlags, tools: Tools): Authentication {
  const { tokenAuthFile, authenticationConfig, anonymousAuth } = flags;
  const config = authenticationConfig === undefined ? undefined : readAuthenticationConfig(authenticationConfig);
  if (config?.anonymous !== undefined && anonymousAuth !== undefined) {
    throw new ConfigError(
      '--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file',
    );
  }
  const fixed = tokenAuthFile === undefined ? [] : [staticTokenAuthenticator(readConfigText(tokenAuthFile), tokenAuthFile)];
  const issuers = config?.jwt ?? oidcFlags(flags);
  const keys = flags.serviceAccountKeyFile.flatMap((path) => readPublicKeys(readConfigText(path), path));
  const proxyAuthority = proxyAuthorityOf(flags, tools.log);
  const frontProxy = proxyAuthority === undefined ? undefined : frontProxyOf(flags, proxyAuthority);
  return {
    anonymous: config?.anonymous ?? anonymousOf(anonymousAuth),
    frontProxy,
    info: (clientCa) => infoOf(clientCa, frontProxy),
    close: () => proxyAuthority?.close(),
    issuerDocuments:
      keys.length === 0 ? undefined : issuerDocuments(flags.serviceAccountIssuer[0] ?? '', flags.serviceAccountJwksUri, keys),
    tokens(registry) {
      const accounts = keys.length === 0 ? [] : [accountTokens(flags, keys, registry, tools)];
      return [
        ...agnostic(fixed),
        ...accounts,
        ...agnostic(ofBootstrap(flags, registry, tools.clock)),
        ...agnostic(ofIssuers(issuers, tools)),
      ];
    },
  };

  function agnostic(sorts: readonly TokenAuthenticator[]): readonly TokenAuthenticator[] {
    return sorts.map((sort) => audienceAgnostic(sort, apiAudiences(flags)));
  }
}

/** How this server signs service-account tokens; undefined: it does not. @throws ConfigError */
export function tokenIssuer(flags: AuthenticationFlags, registry: Registry, clock: Clock): TokenIssuer | undefined {
  const { serviceAccountSigningKeyFile: path, serviceAccountIssuer } = flags;
  const [issuer = ''] = serviceAccountIssuer;
  if (path === undefined) return undefined;
  return {
    key: readSigningKey(readConfigText(path), path),
    issuer,
    audiences: apiAudiences(flags),
    lifetimeMaxSeconds: flags.serviceAccountMaxTokenExpiration / 1_000,
    extend: flags.serviceAccountExtendTokenExpiration,
    registry,
    clock,
  };
}

function apiAudiences({ apiAudiences: named, serviceAccountIssuer }: AuthenticationFlags): readonly string[] {
  return named.length === 0 ? serviceAccountIssuer : named;
}

function anonymousOf(flag: boolean | undefined): AnonymousAccess {
  if (flag === undefined) return healthPaths;
  return flag ? 'everywhere' : 'nowhere';
}

function accountTokens(
  flags: AuthenticationFlags,
  keys: ReturnType<typeof readPublicKeys>,
  registry: Registry,
  { clock, metrics }: Tools,
): TokenAuthenticator {
  const stale = new Counter({
    name: 'serviceaccount_stale_tokens_total',
    help: 'Cumulative stale projected service account tokens used.',
    registers: [metrics.registry],
  });
  return serviceAccountAuthenticator({
    keys,
    issuers: flags.serviceAccountIssuer,
    audiences: apiAudiences(flags),
    objects: { get: (resource, namespace, name) => boundObject(registry, resource, namespace, name) },
    clock,
    onStale: () => stale.inc(),
  });
}

function ofBootstrap({ enableBootstrapTokenAuth }: AuthenticationFlags, registry: Registry, clock: Clock) {
  if (!enableBootstrapTokenAuth) return [];
  const secrets = kinds.secrets as unknown as Definition; // declared with its own object type
  const secret = async (name: string) => (await registry.cached(secrets)).get('kube-system', name);
  return [bootstrapTokenAuthenticator({ clock, secret })];
}

function ofIssuers(issuers: readonly OidcOptions[], tools: Tools): readonly TokenAuthenticator[] {
  return issuers.map((issuer) => oidcAuthenticator(issuer, tools));
}

function proxyAuthorityOf({ requestheaderClientCaFile: path }: AuthenticationFlags, log: Logger): ReloadingFile | undefined {
  return path === undefined ? undefined : reloadingFile(path, log);
}

function frontProxyOf(flags: AuthenticationFlags, authority: ReloadingFile): FrontProxyOptions {
  return {
    authority,
    allowedNames: flags.requestheaderAllowedNames,
    usernameHeaders: flags.requestheaderUsernameHeaders,
    uidHeaders: flags.requestheaderUidHeaders,
    groupHeaders: flags.requestheaderGroupHeaders,
    extraHeaderPrefixes: flags.requestheaderExtraHeadersPrefix,
  };
}

function infoOf(clientCa: Buffer | undefined, proxy: FrontProxyOptions | undefined): Readonly<Record<string, string>> {
  return {
    ...(clientCa === undefined ? {} : { 'client-ca-file': clientCa.toString('utf8') }),
    ...(proxy === undefined
      ? {}
      : {
          'requestheader-client-ca-file': proxy.authority.current().toString('utf8'),
          'requestheader-allowed-names': JSON.stringify(proxy.allowedNames),
          'requestheader-username-headers': JSON.stringify(proxy.usernameHeaders),
          'requestheader-uid-headers': JSON.stringify(proxy.uidHeaders),
          'requestheader-group-headers': JSON.stringify(proxy.groupHeaders),
          'requestheader-extra-headers-prefix': JSON.stringify(proxy.extraHeaderPrefixes),
        }),
  };
}
