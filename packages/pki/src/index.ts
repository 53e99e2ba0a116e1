export { Authority, type CertificateRequest, createSigningKey, type KeyPair, type SigningPolicy } from './authority.js';
export { SigningRequest } from './signing-request.js';
