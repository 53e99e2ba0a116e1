import { modelNames, modelSchema, type Schema } from '../schema/schema.js';
import type { Documented } from './operations.js';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Types of apimachinery, which every group uses and none owns. */
const metaModels = [
  'APIGroup',
  'APIGroupList',
  'APIResource',
  'APIResourceList',
  'APIVersions',
  'Condition',
  'DeleteOptions',
  'FieldSelectorRequirement',
  'GroupVersionForDiscovery',
  'LabelSelector',
  'LabelSelectorRequirement',
  'ListMeta',
  'ManagedFieldsEntry',
  'ObjectMeta',
  'OwnerReference',
  'Preconditions',
  'ServerAddressByClientCIDR',
  'Status',
  'StatusCause',
  'StatusDetails',
  'WatchEvent',
];

/** Types of the core group that only others use. */
const coreModels = ['TopologySelectorLabelRequirement', 'TopologySelectorTerm'];

/** What subresources take that belongs to another group than the kind: these are not the kind's group's. */
const foreignModels: ReadonlySet<string> = new Set(['Scale', 'Eviction', 'TokenRequest']);

/** Scalars that Kubernetes publishes as types of their own. */
export const scalarNames = {
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  'int-or-string': 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  time: `${meta}.Time`,
  'micro-time': `${meta}.MicroTime`,
  patch: `${meta}.Patch`,
} as const;

/** Published names of models: `Pod` is `io.k8s.api.core.v1.Pod`. */
export type ModelNames = ReadonlyMap<string, string>;

/**
 * A model belongs to the first group that uses it: the core group first, so that PodSpec is core's, though apps uses it too.
 */
export function publishedNames(definitions: readonly Documented[]): ModelNames {
  const names = new Map(metaModels.map((model) => [model, `${meta}.${model}`]));
  names.set('VersionInfo', 'io.k8s.apimachinery.pkg.version.Info');
  const claim = (model: string, group: string, version: string) => {
    for (const used of modelClosure([model])) {
      if (!names.has(used)) names.set(used, `${packageOf(group, version)}.${plainName(used)}`);
    }
  };
  for (const { group, version, kind } of definitions.flatMap(({ subresources }) => subresources)) {
    if (foreignModels.has(kind)) claim(kind, group, version);
  }
  for (const { schema, model } of definitions) {
    if (schema !== undefined) for (const name of [model, `${model}List`]) names.set(name, name);
  }
  for (const model of coreModels) names.set(model, `io.k8s.api.core.v1.${model}`);
  const coreFirst = [...definitions].sort((a, b) => Number(a.group !== '') - Number(b.group !== ''));
  for (const definition of coreFirst) {
    for (const model of modelsOf(definition)) claim(model, definition.group, definition.version);
  }
  return names;
}

/** The models that the paths of a kind speak of: the kind, its list, and what its subresources take. */
export function modelsOf(definition: Documented): string[] {
  const list = `${definition.model}List`;
  const others = definition.subresources.map(({ kind }) => kind).filter((kind) => kind !== definition.kind);
  return [definition.model, list, ...others].filter(hasModel);
}

function hasModel(model: string): boolean {
  known ??= new Set(modelNames());
  return known.has(model);
}

let known: ReadonlySet<string> | undefined;

/** The models and all that they refer to, however far, in the order in which they are met. */
export function modelClosure(models: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const visit = (model: string): void => {
    if (found.has(model)) return;
    found.add(model);
    for (const schema of modelSchema(model).fields.values()) {
      const target = referred(schema);
      if (target !== undefined) visit(target);
    }
  };
  models.forEach(visit);
  return [...found];
}

function referred(schema: Schema): string | undefined {
  if (schema.type === 'ref') return schema.model;
  return schema.type === 'list' || schema.type === 'map' ? referred(schema.of) : undefined;
}

function packageOf(group: string, version: string): string {
  if (group === 'apiextensions.k8s.io') return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.${version}`;
  if (group === 'apiregistration.k8s.io') return `io.k8s.kube-aggregator.pkg.apis.apiregistration.${version}`;
  return `io.k8s.api.${group === '' ? 'core' : group.replace(/\..*/, '')}.${version}`;
}

/** Generated names carry a group or version where two groups have one name; published ones have it in their package. */
function plainName(model: string): string {
  if (model === 'ContainerResourceClaim') return 'ResourceClaim';
  return model.replace(/^([A-Z][a-z]+)?V\d(?=[A-Z])/, '');
}
