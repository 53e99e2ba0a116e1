import {
  apiVersionOf,
  cloneJson,
  type Definition,
  type Draft,
  invalid,
  isRecord,
  type KubernetesObject,
  type Scale,
  statusErrors,
} from '@flotilla/api';

export const scaleDefinition = { group: 'autoscaling', version: 'v1', kind: 'Scale', model: 'Scale' } as const;

/** What `/scale` shows of an object. @throws StatusError NotFound when this kind has no replicas */
export function scaleOf(definition: Definition, object: KubernetesObject): Scale {
  const rules = rulesOf(definition);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = numberAt(object, rules.specReplicasPath);
  const selector = rules.selector(object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: cloneJson({ name, namespace, uid, resourceVersion, creationTimestamp }) as Scale['metadata'], // absent members are left out
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: numberAt(object, rules.statusReplicasPath), ...(selector === '' ? {} : { selector }) },
  };
}

/** @throws StatusError Invalid */
export function checkScale(scale: Draft<Scale>, name: string): void {
  const replicas = scale.spec?.replicas ?? 0;
  if (replicas >= 0) return;
  const error = invalid('spec.replicas', replicas, 'must be greater than or equal to 0');
  throw statusErrors.invalid(scaleDefinition, name, [error]);
}

/** The object with the replicas of the scale; the scale's resourceVersion makes the write conditional. */
export function withReplicas(definition: Definition, old: KubernetesObject, scale: Draft<Scale>): Draft<KubernetesObject> {
  const draft = cloneJson(old) as Draft<KubernetesObject>; // a copy has the type of its original
  const { resourceVersion, uid } = scale.metadata ?? {};
  draft.metadata = {
    ...draft.metadata,
    resourceVersion: resourceVersion ?? old.metadata.resourceVersion,
    uid: uid ?? old.metadata.uid,
  };
  setAt(draft, rulesOf(definition).specReplicasPath, scale.spec?.replicas ?? 0);
  return draft;
}

/** What an applied Scale says of the object that it belongs to. */
export function configOfScale(definition: Definition, scale: Record<string, unknown>): Record<string, unknown> {
  const { metadata = {}, spec } = scale;
  const config = { apiVersion: apiVersionOf(definition), kind: definition.kind, metadata };
  const replicas = isRecord(spec) ? spec['replicas'] : undefined;
  if (typeof replicas === 'number') setAt(config, rulesOf(definition).specReplicasPath, replicas);
  return config;
}

function rulesOf(definition: Definition) {
  if (definition.scale === undefined) throw statusErrors.notFoundPath();
  return definition.scale;
}

function numberAt(object: object, path: string): number {
  let value: unknown = object;
  for (const name of members(path)) value = isRecord(value) ? value[name] : undefined;
  return typeof value === 'number' ? value : 0;
}

function setAt(object: object, path: string, value: number): void {
  const names = members(path);
  const last = names.pop() ?? '';
  let target = object as Record<string, unknown>; // every object of the API is a record
  for (const name of names) {
    const next = target[name];
    const record = isRecord(next) ? next : {};
    target[name] = record;
    target = record;
  }
  target[last] = value;
}

/** `.spec.replicas` → `['spec', 'replicas']` */
function members(path: string): string[] {
  return path.split('.').filter((name) => name !== '');
}
