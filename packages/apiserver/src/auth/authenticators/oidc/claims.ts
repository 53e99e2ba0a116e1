import { authenticatedGroup, credentialIdKey, type UserInfo } from '../../user-info.js';

/** How the claims of one issuer become a user. */
export interface ClaimMapping {
  readonly username: { readonly claim: string; readonly prefix: string };
  readonly groups: { readonly claim: string; readonly prefix: string } | undefined;
  readonly uidClaim: string | undefined;
  /** Claims that have to be there with just this value. */
  readonly required: Readonly<Record<string, string>>;
}

/** @returns undefined when the claims do not make a user, or lack what is required of them */
export function userOfClaims(claims: Readonly<Record<string, unknown>>, mapping: ClaimMapping): UserInfo | undefined {
  for (const [name, value] of Object.entries(mapping.required)) {
    if (claims[name] !== value) return undefined;
  }
  const { claim, prefix } = mapping.username;
  const name = claims[claim];
  if (typeof name !== 'string' || name === '') return undefined;
  // An address that nobody has verified may be anybody's.
  if (claim === 'email' && 'email_verified' in claims && claims['email_verified'] !== true) return undefined;
  const groups = groupsOf(claims, mapping.groups);
  const uid = mapping.uidClaim === undefined ? '' : claims[mapping.uidClaim];
  if (groups === undefined || typeof uid !== 'string') return undefined;
  const { jti } = claims;
  const extra = typeof jti === 'string' && jti !== '' ? { [credentialIdKey]: [`JTI=${jti}`] } : {};
  return { username: `${prefix}${name}`, uid, groups: [...groups, authenticatedGroup], extra };
}

/** A claim of groups is a list, or one group alone; undefined when it is neither. */
function groupsOf(claims: Readonly<Record<string, unknown>>, mapping: ClaimMapping['groups']): readonly string[] | undefined {
  const value = mapping === undefined ? undefined : claims[mapping.claim];
  if (mapping === undefined || value === undefined) return [];
  const groups: unknown = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === 'string')) return undefined;
  return groups.map((group) => `${mapping.prefix}${group}`);
}
