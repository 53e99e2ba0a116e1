import { isRecord, type KubernetesObject } from '@flotilla/api';

/** The private claims of a bound service-account token. */
export interface BoundClaims {
  readonly namespace: string;
  readonly serviceAccount: Bound;
  readonly pod: Bound | undefined;
  readonly secret: Bound | undefined;
  readonly node: Bound | undefined;
}

export interface Bound {
  readonly name: string;
  readonly uid: string;
}

/** Where the objects that a token is bound to are looked up. */
export interface BoundObjects {
  get(
    resource: 'serviceaccounts' | 'pods' | 'secrets' | 'nodes',
    namespace: string,
    name: string,
  ): Promise<KubernetesObject | undefined>;
}

export function readClaims(payload: Record<string, unknown>): BoundClaims | undefined {
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
  };
}

function bound(value: unknown): Bound | undefined {
  if (!isRecord(value) || typeof value['name'] !== 'string' || typeof value['uid'] !== 'string') return undefined;
  return { name: value['name'], uid: value['uid'] };
}

/** A token dies with its service account, and with the pod or Secret that it was made for. */
export async function boundObjectsLive(
  { namespace, serviceAccount, pod, secret }: BoundClaims,
  objects: BoundObjects,
): Promise<boolean> {
  return (
    (await isLive(objects, 'serviceaccounts', namespace, serviceAccount)) &&
    (pod === undefined || (await isLive(objects, 'pods', namespace, pod))) &&
    (secret === undefined || (await isLive(objects, 'secrets', namespace, secret)))
  );
}

async function isLive(
  objects: BoundObjects,
  resource: 'serviceaccounts' | 'pods' | 'secrets',
  namespace: string,
  { name, uid }: Bound,
): Promise<boolean> {
  const object = await objects.get(resource, namespace, name);
  return object !== undefined && object.metadata.uid === uid;
}
