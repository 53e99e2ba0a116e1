import { ConfigError } from '@flotilla/process';
import { readConfigText } from '../config-document.js';
import type { OidcOptions } from './authenticators/oidc/index.js';
import type { AuthenticationFlags } from './flags.js';

export const signingAlgorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'];

/** The issuer that the `--oidc-…` flags describe; none when they are not given. @throws ConfigError */
export function oidcFlags(flags: AuthenticationFlags): readonly OidcOptions[] {
  const { oidcIssuerUrl: issuerUrl, oidcClientId, oidcUsernameClaim: claim, oidcGroupsClaim, oidcCaFile } = flags;
  if (issuerUrl === undefined || oidcClientId === undefined) return [];
  if (!issuerUrl.startsWith('https://')) {
    throw new ConfigError(`--oidc-issuer-url: Invalid value: "${issuerUrl}": URL scheme must be https`);
  }
  for (const algorithm of flags.oidcSigningAlgs) {
    if (!signingAlgorithms.includes(algorithm))
      throw new ConfigError(`--oidc-signing-algs: unsupported signing alg: "${algorithm}"`);
  }
  return [
    {
      issuerUrl,
      audiences: [oidcClientId],
      authority: oidcCaFile === undefined ? undefined : readConfigText(oidcCaFile),
      algorithms: flags.oidcSigningAlgs,
      mapping: {
        username: { claim, prefix: usernamePrefix(flags, issuerUrl) },
        groups: oidcGroupsClaim === undefined ? undefined : { claim: oidcGroupsClaim, prefix: flags.oidcGroupsPrefix ?? '' },
        uidClaim: undefined,
        required: Object.fromEntries(flags.oidcRequiredClaim.map(requiredClaim)),
      },
    },
  ];
}

/** Names of two issuers must not meet, except for addresses, which are unique by themselves. */
function usernamePrefix(
  { oidcUsernamePrefix: prefix, oidcUsernameClaim: claim }: AuthenticationFlags,
  issuerUrl: string,
): string {
  if (prefix === undefined || prefix === '') return claim === 'email' ? '' : `${issuerUrl}#`;
  return prefix === '-' ? '' : prefix;
}

function requiredClaim(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new ConfigError(`--oidc-required-claim: "${text}" must be formatted as key=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}
