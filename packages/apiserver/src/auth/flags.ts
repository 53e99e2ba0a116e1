import { booleanFlag, ConfigError, durationFlag, listFlag } from '@flotilla/process';
import type { Command } from 'commander';
import { tokenExpirationMinMs } from '../limits.js';

/** The flags that say who is who. */
export interface AuthenticationFlags {
  readonly clientCaFile?: string;
  readonly tokenAuthFile?: string;
  /** Undefined: on health endpoints only. */
  readonly anonymousAuth?: boolean;
  readonly authenticationConfig?: string;
  readonly enableBootstrapTokenAuth: boolean;
  readonly serviceAccountKeyFile: readonly string[];
  readonly serviceAccountSigningKeyFile?: string;
  readonly serviceAccountIssuer: readonly string[];
  readonly serviceAccountJwksUri?: string;
  readonly serviceAccountMaxTokenExpiration: number;
  readonly serviceAccountExtendTokenExpiration: boolean;
  readonly apiAudiences: readonly string[];
  readonly oidcIssuerUrl?: string;
  readonly oidcClientId?: string;
  readonly oidcCaFile?: string;
  readonly oidcUsernameClaim: string;
  readonly oidcUsernamePrefix?: string;
  readonly oidcGroupsClaim?: string;
  readonly oidcGroupsPrefix?: string;
  readonly oidcSigningAlgs: readonly string[];
  readonly oidcRequiredClaim: readonly string[];
  readonly requestheaderClientCaFile?: string;
  readonly requestheaderAllowedNames: readonly string[];
  readonly requestheaderUsernameHeaders: readonly string[];
  readonly requestheaderUidHeaders: readonly string[];
  readonly requestheaderGroupHeaders: readonly string[];
  readonly requestheaderExtraHeadersPrefix: readonly string[];
}

export function addAuthenticationFlags(command: Command): void {
  addTokenFlags(command);
  addOidcFlags(command);
  command
    .option('--client-ca-file <file>', 'the authority of client certificates')
    .option('--authentication-config <file>', 'AuthenticationConfiguration: JWT issuers, and where anonymous access is allowed')
    .option('--requestheader-client-ca-file <file>', 'the authority of proxies that authenticate clients for this server');
  booleanFlag(
    command,
    'anonymous-auth',
    'whether clients without a credential are system:anonymous (default: on health endpoints only)',
  );
  listFlag(command, 'requestheader-allowed-names', 'common names that such a proxy may have; empty: any');
  listFlag(command, 'requestheader-username-headers', 'headers that name the user');
  listFlag(command, 'requestheader-uid-headers', 'headers that carry the uid of the user');
  listFlag(command, 'requestheader-group-headers', 'headers that name the groups');
  listFlag(command, 'requestheader-extra-headers-prefix', 'prefixes of headers that carry the extra');
}

function addTokenFlags(command: Command): void {
  command
    .option('--token-auth-file <file>', 'CSV of static tokens: token,user,uid,"group1,group2"')
    .option('--service-account-signing-key-file <file>', 'the key that signs service-account tokens')
    .option('--service-account-jwks-uri <url>', 'where others find the keys of service-account tokens (default: this server)');
  booleanFlag(
    command,
    'enable-bootstrap-token-auth',
    'whether Secrets of type bootstrap.kubernetes.io/token are credentials',
    false,
  );
  listFlag(command, 'service-account-key-file', 'keys that verify service-account tokens; may be repeated');
  listFlag(command, 'service-account-issuer', 'who issues service-account tokens', [
    'https://kubernetes.default.svc.cluster.local',
  ]);
  durationFlag(command, 'service-account-max-token-expiration', 'the longest life of a service-account token; 0: no limit', '0s');
  booleanFlag(
    command,
    'service-account-extend-token-expiration',
    'whether tokens in pods live on for a year, for clients that read them only once',
    true,
  );
  listFlag(command, 'api-audiences', 'whom tokens have to address (default: the issuers)');
}

function addOidcFlags(command: Command): void {
  command
    .option('--oidc-issuer-url <url>', 'an OpenID provider whose ID tokens are credentials')
    .option('--oidc-client-id <id>', 'the audience of those tokens')
    .option('--oidc-ca-file <file>', 'the authority of the provider')
    .option('--oidc-username-claim <claim>', 'the claim that names the user', 'sub')
    .option('--oidc-username-prefix <prefix>', 'put before it (default: issuer#, nothing for email; -: nothing)')
    .option('--oidc-groups-claim <claim>', 'the claim that names the groups')
    .option('--oidc-groups-prefix <prefix>', 'put before each group');
  listFlag(command, 'oidc-signing-algs', 'algorithms that tokens may be signed with', ['RS256']);
  listFlag(command, 'oidc-required-claim', 'key=value that tokens have to carry; may be repeated');
}

/** @throws ConfigError for what cannot work, in the words of the flag */
export function checkAuthenticationFlags(flags: AuthenticationFlags): void {
  const { oidcIssuerUrl, oidcClientId, authenticationConfig } = flags;
  if ((oidcIssuerUrl === undefined) !== (oidcClientId === undefined)) {
    throw new ConfigError('oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set');
  }
  if (authenticationConfig !== undefined && oidcIssuerUrl !== undefined) {
    throw new ConfigError('authentication-config file and oidc-* flags are mutually exclusive');
  }
  const lifetimeMs = flags.serviceAccountMaxTokenExpiration;
  if (lifetimeMs !== 0 && (lifetimeMs < tokenExpirationMinMs || lifetimeMs > 2 ** 32 * 1_000)) {
    throw new ConfigError('the service-account-max-token-expiration must be between 1 hour and 2^32 seconds');
  }
  if (flags.requestheaderClientCaFile !== undefined && flags.requestheaderUsernameHeaders.length === 0) {
    throw new ConfigError('empty value for --requestheader-username-headers: a proxy has to name the user');
  }
}
