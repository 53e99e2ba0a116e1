import { randomUUID } from 'node:crypto';
import { type Definition, isRecord, type KubernetesObject, kinds, statusErrors } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import { decodeBody } from '../http/decode.js';
import { negotiate } from '../http/negotiation.js';
import { respondValue } from '../http/respond.js';
import type { SubresourceHandler } from '../http/router.js';
import { tokenLifetimeByDefaultSeconds, tokenLifetimeMaxSeconds, tokenLifetimeMinSeconds } from '../limits.js';
import type { Registry } from '../registry/registry.js';
import type { Bound } from './authenticators/service-account/claims.js';
import { text, texts } from './reviews/review.js';
import type { TokenKey } from './service-account-keys.js';
import { serviceAccountUserPrefix } from './user-info.js';

export interface TokenIssuer {
  readonly key: TokenKey;
  readonly issuer: string;
  /** Of tokens whose request names none. */
  readonly audiences: readonly string[];
  readonly registry: Registry;
  readonly clock: Clock;
}

const boundKinds: Readonly<Record<string, unknown>> = { Pod: kinds.pods, Secret: kinds.secrets, Node: kinds.nodes };

/** `serviceaccounts/token`: a signed token for a service account, which expires and may be bound to an object. */
export function tokenRequestHandler(issuer: TokenIssuer | undefined): SubresourceHandler {
  return async (exchange) => {
    const { info, user, signal } = exchange;
    if (info.verb !== 'create') throw statusErrors.methodNotAllowed({ group: '', resource: 'serviceaccounts/token' }, info.verb);
    if (issuer === undefined) throw statusErrors.serviceUnavailable('this server has no --service-account-signing-key-file');
    const { value } = await decodeBody(exchange, 'TokenRequest');
    if (!isRecord(value) || (value['kind'] !== undefined && value['kind'] !== 'TokenRequest')) {
      throw statusErrors.badRequest('the object provided is unrecognized (must be of type TokenRequest)');
    }
    const context = { user, signal, namespace: info.namespace };
    const accounts = kinds.serviceAccounts as unknown as Definition; // declared with its own object type
    const account = await issuer.registry.get(accounts, { ...context, name: info.name, resourceVersion: '' });
    const spec = isRecord(value['spec']) ? value['spec'] : {};
    const reference = isRecord(spec['boundObjectRef']) ? spec['boundObjectRef'] : undefined;
    const bound = reference === undefined ? {} : await boundClaims(issuer, reference, context);
    const seconds = lifetimeSeconds(spec['expirationSeconds']);
    const audiences = texts(spec['audiences']).length === 0 ? issuer.audiences : texts(spec['audiences']);
    const nowSeconds = Math.floor(issuer.clock.wallMs() / 1_000);
    const claims = { namespace: info.namespace, serviceaccount: boundTo(account.object), ...bound };
    const token = await sign(issuer, claims, audiences, nowSeconds, seconds);
    const status = { token, expirationTimestamp: new Date((nowSeconds + seconds) * 1_000).toISOString().replace('.000Z', 'Z') };
    const answer = {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: {
        name: info.name,
        namespace: info.namespace,
        creationTimestamp: new Date(nowSeconds * 1_000).toISOString().replace('.000Z', 'Z'),
      },
      spec: { audiences, expirationSeconds: seconds, boundObjectRef: reference ?? null },
      status,
    };
    return respondValue(exchange, 201, answer, negotiate(exchange.header('accept')));
  };
}

function lifetimeSeconds(wanted: unknown): number {
  if (wanted === undefined || wanted === null) return tokenLifetimeByDefaultSeconds;
  if (typeof wanted !== 'number' || !Number.isInteger(wanted))
    throw statusErrors.badRequest('spec.expirationSeconds: must be a whole number');
  if (wanted < tokenLifetimeMinSeconds)
    throw statusErrors.badRequest('spec.expirationSeconds: Invalid value: may not specify a duration less than 10 minutes');
  return Math.min(wanted, tokenLifetimeMaxSeconds);
}

async function boundClaims(
  { registry }: TokenIssuer,
  reference: Record<string, unknown>,
  context: { readonly user: Parameters<Registry['get']>[1]['user']; readonly signal: AbortSignal; readonly namespace: string },
): Promise<Record<string, Bound>> {
  const kind = text(reference['kind']);
  const definition = boundKinds[kind] as Definition | undefined; // the table has definitions only
  if (definition === undefined) throw statusErrors.badRequest(`cannot bind token to object of type ${JSON.stringify(kind)}`);
  const { user, signal } = context;
  const name = text(reference['name']);
  const namespace = definition.namespaced ? context.namespace : undefined;
  const { object } = await registry.get(definition, { user, signal, namespace, name, resourceVersion: '' });
  const uid = text(reference['uid']);
  if (uid !== '' && uid !== object.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw statusErrors.conflict({ group: '', resource: definition.plural }, name, why);
  }
  return { [kind.toLowerCase()]: boundTo(object) };
}

function boundTo({ metadata }: KubernetesObject): Bound {
  return { name: metadata.name ?? '', uid: metadata.uid ?? '' };
}

async function sign(
  { key, issuer }: TokenIssuer,
  claims: object,
  audiences: readonly string[],
  nowSeconds: number,
  seconds: number,
): Promise<string> {
  const { SignJWT } = await import('jose'); // only clusters that use tokens pay for loading it
  const { namespace, serviceaccount } = claims as { readonly namespace: string; readonly serviceaccount: Bound }; // made above
  return new SignJWT({ 'kubernetes.io': claims })
    .setProtectedHeader({ alg: key.algorithm, kid: key.id })
    .setIssuer(issuer)
    .setAudience([...audiences])
    .setSubject(`${serviceAccountUserPrefix}${namespace}:${serviceaccount.name}`)
    .setIssuedAt(nowSeconds)
    .setNotBefore(nowSeconds)
    .setExpirationTime(nowSeconds + seconds)
    .setJti(randomUUID())
    .sign(key.key);
}
