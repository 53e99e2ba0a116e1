import type { TokenAuthenticator } from './authenticator.js';

/** For tokens that know no audiences: they count as addressed to the API server, and to nobody else. */
export function audienceAgnostic(sort: TokenAuthenticator, apiAudiences: readonly string[]): TokenAuthenticator {
  return {
    name: sort.name,
    async authenticateToken(token, wanted) {
      const audiences = wanted.length === 0 ? apiAudiences : apiAudiences.filter((audience) => wanted.includes(audience));
      if (audiences.length === 0 && wanted.length > 0) return undefined;
      const identity = await sort.authenticateToken(token, wanted);
      return identity === undefined ? undefined : { user: identity.user, audiences };
    },
  };
}
