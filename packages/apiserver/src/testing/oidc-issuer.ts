import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TestAuthority } from '@flotilla/process/testing';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** An OpenID provider over HTTPS that signs whatever it is told to. For tests. */
export async function startOidcIssuer() {
  const host = '127.22.7.2';
  const authority = new TestAuthority('oidc-ca');
  const { cert, key } = authority.issue({ commonName: 'issuer', hosts: [host] });
  const signing = await newKey('first');
  let requests = 0;
  const server = createServer({ cert, key }, (request, response) => {
    requests += 1;
    const documents: Record<string, object> = {
      '/.well-known/openid-configuration': { issuer: url(), jwks_uri: `${url()}/keys` },
      '/keys': { keys: [signing.jwk] },
    };
    const document = documents[request.url ?? ''];
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const url = () => `https://${host}:${(server.address() as AddressInfo).port}`; // a TCP server has no other kind
  return {
    url: url(),
    caFile: authority.pair.certFile,
    get requests() {
      return requests;
    },
    sign: (claims: Record<string, unknown>, lifetime = '5m') =>
      new SignJWT({ iss: url(), aud: 'flotilla', sub: 'u-1', ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: signing.jwk.kid })
        .setExpirationTime(lifetime)
        .sign(signing.privateKey),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function newKey(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' } };
}
