import type { Clock, Logger } from '@flotilla/base';
import type { TokenAuthenticator, TokenIdentity } from '../authenticator.js';
import { unverifiedPart } from '../jwt-parts.js';
import { type ClaimMapping, userOfClaims } from './claims.js';
import { IssuerKeys } from './issuer-keys.js';

/** One issuer: the `--oidc-…` flags, or an entry of `jwt` in `--authentication-config`. */
export interface OidcOptions {
  readonly issuerUrl: string;
  readonly discoveryUrl?: string | undefined;
  /** A token has to address one of them. */
  readonly audiences: readonly string[];
  /** PEM; absent: those that the operating system trusts. */
  readonly authority?: string | undefined;
  readonly algorithms: readonly string[];
  readonly mapping: ClaimMapping;
}

/** ID tokens of an OpenID provider that people log in at. The provider is asked for its keys only, never about a token. */
export function oidcAuthenticator(
  options: OidcOptions,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): TokenAuthenticator {
  const { issuerUrl: url, discoveryUrl, authority } = options;
  const keys = new IssuerKeys({ url, discoveryUrl, authority, clock });
  return {
    name: 'oidc',
    async authenticateToken(token): Promise<TokenIdentity | undefined> {
      if (unverifiedPart(token, 1)?.['iss'] !== url) return undefined;
      const claims = await verifiedClaims(token, keys, options, clock).catch((error: unknown) => {
        log.warn({ err: error, issuer: url }, 'token not accepted');
        return undefined;
      });
      const user = claims === undefined ? undefined : userOfClaims(claims, options.mapping);
      return user === undefined ? undefined : { user, audiences: [] };
    },
  };
}

async function verifiedClaims(token: string, keys: IssuerKeys, { issuerUrl, audiences, algorithms }: OidcOptions, clock: Clock) {
  const { jwtVerify } = await import('jose'); // only clusters that use tokens pay for loading it
  const { payload } = await jwtVerify(token, await keys.keys(), {
    issuer: issuerUrl,
    audience: [...audiences],
    algorithms: [...algorithms],
    requiredClaims: ['exp'],
    currentDate: new Date(clock.wallMs()),
  });
  return payload;
}
