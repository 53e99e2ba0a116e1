import { randomUUID } from 'node:crypto';
import { type Definition, invalid, isRecord, type KubernetesObject, kinds, type Pod, statusErrors } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import { decodeBody } from '../http/decode.js';
import type { Exchange } from '../http/exchange.js';
import { negotiate } from '../http/negotiation.js';
import { respondValue } from '../http/respond.js';
import type { SubresourceHandler } from '../http/router.js';
import {
  extendableTokenSeconds,
  extendedTokenSeconds,
  tokenLifetimeByDefaultSeconds,
  tokenLifetimeMaxSeconds,
  tokenLifetimeMinSeconds,
} from '../limits.js';
import type { Registry, RequestContext } from '../registry/registry.js';
import type { Bound } from './authenticators/service-account/claims.js';
import { boundObject } from './bound-objects.js';
import { text, texts } from './reviews/review.js';
import type { TokenKey } from './service-account-keys.js';
import { serviceAccountUserPrefix } from './user-info.js';

export interface TokenIssuer {
  readonly key: TokenKey;
  readonly issuer: string;
  /** Of tokens whose request names none. */
  readonly audiences: readonly string[];
  /** Longer requests are cut to it; 0: no limit. */
  readonly lifetimeMaxSeconds: number;
  /** Pods' tokens live on after the time that kubelets ask for, for clients that never read them again. */
  readonly extend: boolean;
  readonly registry: Registry;
  readonly clock: Clock;
}

const tokenRequestKind = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' };
const boundKinds: Readonly<Record<string, unknown>> = { Pod: kinds.pods, Secret: kinds.secrets, Node: kinds.nodes };

/** `serviceaccounts/token`: a signed token for a service account, which expires and may be bound to an object. */
export function tokenRequestHandler(issuer: TokenIssuer | undefined): SubresourceHandler {
  return async (exchange) => {
    const { info, user, signal } = exchange;
    if (info.verb !== 'create') throw statusErrors.methodNotAllowed({ group: '', resource: 'serviceaccounts/token' }, info.verb);
    if (issuer === undefined) throw statusErrors.serviceUnavailable('this server has no --service-account-signing-key-file');
    const request = await readRequest(exchange);
    const context = { user, signal, namespace: info.namespace };
    const accounts = kinds.serviceAccounts as unknown as Definition; // declared with its own object type
    const account = await issuer.registry.get(accounts, { ...context, name: info.name, resourceVersion: '' });
    const { spec, reference } = request;
    await issuer.registry.admitConnection(accounts, {
      ...{ ...context, name: info.name, subresource: 'token', operation: 'CREATE', kind: tokenRequestKind },
      options: request.object,
    });
    const bound = reference === undefined ? {} : await boundClaims(issuer, info.name, reference, context);
    const wanted = lifetimeSeconds(spec['expirationSeconds'], info.name);
    const seconds = issuer.lifetimeMaxSeconds > 0 ? Math.min(wanted, issuer.lifetimeMaxSeconds) : wanted;
    if (seconds < wanted) {
      exchange.response.setHeader('warning', `299 - "requested expiration of ${wanted} seconds shortened to ${seconds} seconds"`);
    }
    const audiences = texts(spec['audiences']).length === 0 ? issuer.audiences : texts(spec['audiences']);
    const nowSeconds = Math.floor(issuer.clock.wallMs() / 1_000);
    const extended =
      issuer.extend && seconds === extendableTokenSeconds && 'pod' in bound && sameTexts(audiences, issuer.audiences);
    const claims = {
      namespace: info.namespace,
      serviceaccount: boundTo(account.object),
      ...bound,
      ...(extended ? { warnafter: nowSeconds + seconds } : {}),
    };
    const token = await sign(issuer, claims, audiences, nowSeconds, extended ? extendedTokenSeconds : seconds);
    const answer = {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: info.name, namespace: info.namespace, creationTimestamp: timeOf(nowSeconds) },
      spec: { audiences, expirationSeconds: seconds, boundObjectRef: reference ?? null },
      status: { token, expirationTimestamp: timeOf(nowSeconds + seconds) },
    };
    return respondValue(exchange, 201, answer, negotiate(exchange.header('accept')));
  };
}

async function readRequest(exchange: Exchange) {
  const { value } = await decodeBody(exchange, 'TokenRequest');
  if (!isRecord(value) || (value['kind'] !== undefined && value['kind'] !== 'TokenRequest')) {
    throw statusErrors.badRequest('the object provided is unrecognized (must be of type TokenRequest)');
  }
  const { name, namespace } = exchange.info;
  const metadata = isRecord(value['metadata']) ? value['metadata'] : {};
  const mustMatch = { name, namespace };
  for (const [member, wanted] of Object.entries(mustMatch)) {
    const found = text(metadata[member]);
    if (found === '' || found === wanted) continue;
    const problem = invalid(`metadata.${member}`, found, `must match the service account ${member}`);
    throw statusErrors.invalid(tokenRequestKind, name, [problem]);
  }
  const spec = isRecord(value['spec']) ? value['spec'] : {};
  const object = {
    ...{ ...value, apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' },
    metadata: { ...metadata, name, namespace },
  };
  return { object, spec, reference: isRecord(spec['boundObjectRef']) ? spec['boundObjectRef'] : undefined };
}

function lifetimeSeconds(wanted: unknown, name: string): number {
  if (wanted === undefined || wanted === null) return tokenLifetimeByDefaultSeconds;
  if (typeof wanted !== 'number' || !Number.isInteger(wanted))
    throw statusErrors.badRequest('spec.expirationSeconds: must be a whole number');
  const refuse = (detail: string) => {
    return statusErrors.invalid(tokenRequestKind, name, [invalid('spec.expirationSeconds', wanted, detail)]);
  };
  if (wanted < tokenLifetimeMinSeconds) throw refuse('may not specify a duration less than 10 minutes');
  if (wanted > tokenLifetimeMaxSeconds) throw refuse('may not specify a duration larger than 2^32 seconds');
  return wanted;
}

type Context = RequestContext & { readonly namespace: string };

async function boundClaims(
  { registry }: TokenIssuer,
  account: string,
  reference: Record<string, unknown>,
  context: Context,
): Promise<Readonly<Record<string, Bound>>> {
  const kind = text(reference['kind']);
  if (text(reference['apiVersion']) !== 'v1' || !Object.hasOwn(boundKinds, kind))
    throw statusErrors.badRequest(`cannot bind token to object of type ${text(reference['apiVersion'])}, Kind=${kind}`);
  const definition = boundKinds[kind] as Definition; // the table has definitions only
  const { user, signal } = context;
  const name = text(reference['name']);
  const namespace = definition.namespaced ? context.namespace : undefined;
  const { object } = await registry.get(definition, { user, signal, namespace, name, resourceVersion: '' });
  const uid = text(reference['uid']);
  if (uid !== '' && uid !== object.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw statusErrors.conflict({ group: '', resource: kind }, name, why);
  }
  const bound = { [kind.toLowerCase()]: boundTo(object) };
  if (kind !== 'Pod') return bound;
  const { spec } = object as Pod; // the definition says so
  if (spec.serviceAccountName !== account) {
    throw statusErrors.badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
    );
  }
  return spec.nodeName === undefined || spec.nodeName === '' ? bound : { ...bound, node: await nodeOf(registry, spec.nodeName) };
}

/** A node that has not registered yet has no uid, and the token says just its name. */
async function nodeOf(registry: Registry, name: string): Promise<Bound> {
  const node = await boundObject(registry, 'nodes', '', name);
  return { name, uid: node?.metadata.uid ?? '' };
}

function boundTo({ metadata }: KubernetesObject): Bound {
  return { name: metadata.name ?? '', uid: metadata.uid ?? '' };
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}

async function sign(
  { key, issuer }: TokenIssuer,
  claims: { readonly namespace: string; readonly serviceaccount: Bound },
  audiences: readonly string[],
  nowSeconds: number,
  seconds: number,
): Promise<string> {
  const { SignJWT } = await import('jose'); // only clusters that use tokens pay for loading it
  return new SignJWT({ 'kubernetes.io': claims })
    .setProtectedHeader({ alg: key.algorithm, kid: key.id })
    .setIssuer(issuer)
    .setAudience([...audiences])
    .setSubject(`${serviceAccountUserPrefix}${claims.namespace}:${claims.serviceaccount.name}`)
    .setIssuedAt(nowSeconds)
    .setNotBefore(nowSeconds)
    .setExpirationTime(nowSeconds + seconds)
    .setJti(randomUUID())
    .sign(key.key);
}
