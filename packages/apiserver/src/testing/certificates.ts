import { generateKeyPairSync } from 'node:crypto';
import { TestAuthority } from '@flotilla/process/testing';

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

// Made on import, since tests use them in their tables; only tests import this file.
const authority = new TestAuthority('test-ca');

export const testCa = authority.pair.cert;

export const serverPair: KeyPair = authority.issue({ commonName: 'kube-apiserver', hosts: ['127.22.7.1', 'localhost'] });

export const adminPair: KeyPair = authority.issue({ commonName: 'kubernetes-admin', organizations: ['system:masters'] });

export const alicePair: KeyPair = authority.issue({ commonName: 'alice', organizations: ['devs', 'ops'] });

export const nodePair: KeyPair = authority.issue({ commonName: 'system:node:node-1', organizations: ['system:nodes'] });

/** By which the API server makes itself known to extension API servers. */
export const proxyPair: KeyPair = authority.issue({ commonName: 'front-proxy-client', organizations: [] });

/** The same after a rotation; the other name tells them apart. */
export const rotatedProxyPair: KeyPair = authority.issue({ commonName: 'front-proxy-client-2', organizations: [] });

/** Of an extension API server behind the Service `sample` in the Namespace `default`. */
export const extensionPair: KeyPair = authority.issue({ commonName: 'sample', hosts: ['sample.default.svc'] });

/** Says that it is an administrator, and is signed by an authority that nobody knows. */
export const strangerPair: KeyPair = new TestAuthority('other-ca').issue({
  commonName: 'stranger',
  organizations: ['system:masters'],
});

/** Signs service-account tokens. */
export const serviceAccountKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string; // PEM is text
