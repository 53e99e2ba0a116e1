import { createPublicKey } from 'node:crypto';
import type { TokenKey } from './service-account-keys.js';

interface IssuerDocument {
  readonly contentType: string;
  readonly body: string;
}

/** @param host under which the client reaches this server: where the keys are, unless a flag says otherwise */
export type IssuerDocuments = (path: string, host: string) => IssuerDocument | undefined;

const configurationPath = '/.well-known/openid-configuration';
const keysPath = '/openid/v1/jwks';

/** The OpenID documents of the issuer of service-account tokens, with which anybody may verify them (KEP-1393). */
export function issuerDocuments(issuer: string, jwksUri: string | undefined, keys: readonly TokenKey[]): IssuerDocuments {
  const jwks = JSON.stringify({ keys: keys.map(publicJwk) });
  const algorithms = [...new Set(keys.map(({ algorithm }) => algorithm))].sort();
  return (asked, host) => {
    const path = asked.replace(/\/$/, ''); // OpenAPI names both with a slash at the end, and so do clients made of it
    if (path === keysPath) return { contentType: 'application/jwk-set+json', body: jwks };
    if (path !== configurationPath) return undefined;
    const configuration = {
      issuer,
      jwks_uri: jwksUri ?? `https://${host}${keysPath}`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: algorithms,
    };
    return { contentType: 'application/json', body: JSON.stringify(configuration) };
  };
}

function publicJwk({ key, id, algorithm }: TokenKey): object {
  const { kty, ...rest } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  return { use: 'sig', kty, kid: id, alg: algorithm, ...rest };
}
