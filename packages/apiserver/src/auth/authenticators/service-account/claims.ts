import { isRecord, type KubernetesObject } from '@flotilla/api';
import { deletedObjectGraceMs } from '../../../limits.js';

/** The private claims of a bound service-account token. */
export interface BoundClaims {
  readonly namespace: string;
  readonly serviceAccount: Bound;
  readonly pod: Bound | undefined;
  readonly secret: Bound | undefined;
  /** Of a pod's token: where the pod runs, for information. Alone: what the token is bound to. */
  readonly node: Bound | undefined;
  /** From when on the token lives only because it was extended, in seconds since 1970. */
  readonly warnAfter: number | undefined;
}

export interface Bound {
  readonly name: string;
  /** Empty only of a node that did not exist when the token was made. */
  readonly uid: string;
}

type BoundResource = 'serviceaccounts' | 'pods' | 'secrets' | 'nodes';

/** Where the objects that a token is bound to are looked up. */
export interface BoundObjects {
  get(resource: BoundResource, namespace: string, name: string): Promise<KubernetesObject | undefined>;
}

export function readClaims(payload: Readonly<Record<string, unknown>>): BoundClaims | undefined {
  const claims = payload['kubernetes.io'];
  if (!isRecord(claims) || typeof claims['namespace'] !== 'string') return undefined;
  const serviceAccount = bound(claims['serviceaccount']);
  if (serviceAccount === undefined) return undefined;
  return {
    namespace: claims['namespace'],
    serviceAccount,
    pod: bound(claims['pod']),
    secret: bound(claims['secret']),
    node: bound(claims['node']),
    warnAfter: typeof claims['warnafter'] === 'number' ? claims['warnafter'] : undefined,
  };
}

function bound(value: unknown): Bound | undefined {
  if (!isRecord(value) || typeof value['name'] !== 'string') return undefined;
  return { name: value['name'], uid: typeof value['uid'] === 'string' ? value['uid'] : '' };
}

/** A token dies with its service account, and with the pod, Secret or node that it was made for. */
export async function boundObjectsLive(claims: BoundClaims, objects: BoundObjects, nowMs: number): Promise<boolean> {
  const { namespace, serviceAccount, pod, secret, node } = claims;
  const live = (resource: BoundResource, where: string, reference: Bound | undefined) =>
    reference === undefined || isLive(objects, resource, where, reference, nowMs);
  return (
    (await live('serviceaccounts', namespace, serviceAccount)) &&
    (await live('pods', namespace, pod)) &&
    (await live('secrets', namespace, secret)) &&
    (pod !== undefined || (await live('nodes', '', node)))
  );
}

async function isLive(
  objects: BoundObjects,
  resource: BoundResource,
  namespace: string,
  { name, uid }: Bound,
  nowMs: number,
): Promise<boolean> {
  const object = await objects.get(resource, namespace, name);
  if (object === undefined || object.metadata.uid !== uid) return false;
  const { deletionTimestamp } = object.metadata;
  return deletionTimestamp === undefined || Date.parse(deletionTimestamp) >= nowMs - deletedObjectGraceMs;
}
