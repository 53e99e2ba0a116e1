import type { Definition, Subresource, Verb } from '../definition.js';
import type { GroupVersion, GroupVersionKind } from '../objects.js';
import { operationId, tagOf } from './operation-ids.js';
import { type Parameter, parameters } from './parameters.js';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head' | 'options';
export type Action =
  | 'list'
  | 'post'
  | 'deletecollection'
  | 'get'
  | 'put'
  | 'patch'
  | 'delete'
  | 'connect'
  | 'watch'
  | 'watchlist';

/** What the documents tell of a resource: a Definition has it, and so have the reviews, which are never stored. */
export type Documented = Pick<
  Definition,
  'group' | 'version' | 'kind' | 'plural' | 'namespaced' | 'verbs' | 'subresources' | 'model' | 'schema' | 'returnsDeleted'
> & { readonly listKind?: string };

/** One operation on one path, told apart from how OpenAPI 2 and 3 write it. */
export interface Operation {
  readonly path: string;
  readonly method: Method;
  readonly action: Action;
  readonly id: string;
  readonly tag: string;
  readonly description: string;
  readonly gvk: GroupVersionKind;
  readonly parameters: readonly Parameter[];
  /** The model of the body; `Patch` for a patch of any type. */
  readonly body: string | undefined;
  /** The model of the answer; undefined for plain text. */
  readonly answer: string | undefined;
  readonly codes: readonly number[];
  /** Of a kind that was defined at run time. */
  readonly custom: boolean;
}

const methods: Readonly<Record<Verb, readonly [Method, Action] | undefined>> = {
  create: ['post', 'post'],
  delete: ['delete', 'delete'],
  deletecollection: ['delete', 'deletecollection'],
  get: ['get', 'get'],
  list: ['get', 'list'],
  patch: ['patch', 'patch'],
  update: ['put', 'put'],
  watch: undefined,
};

const verbWords: Readonly<Record<Action, string>> = {
  list: 'list or watch objects of kind',
  post: 'create a',
  deletecollection: 'delete collection of',
  get: 'read the specified',
  put: 'replace the specified',
  patch: 'partially update the specified',
  delete: 'delete a',
  connect: 'connect requests to',
  watch: 'watch changes to an object of kind',
  watchlist: 'watch individual changes to a list of',
};

/** What is said of paths below `/watch`, which clients of old use. */
const deprecatedWatch = "deprecated: use the 'watch' parameter with a list operation instead";
const proxyMethods: readonly Method[] = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];

/** Where a group's version is served: `/api/v1` or `/apis/apps/v1`. */
export function apiPath({ group, version }: GroupVersion): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

export function operationsOf(definition: Documented): Operation[] {
  const { plural, namespaced } = definition;
  const within = `${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`;
  const collection = `${apiPath(definition)}${within}`;
  const operations = definition.verbs.flatMap((verb): Operation[] => {
    const [method, action] = methods[verb] ?? [];
    if (method === undefined || action === undefined) return [];
    const onCollection = action === 'list' || action === 'post' || action === 'deletecollection';
    const path = onCollection ? collection : `${collection}/{name}`;
    const one = operation(definition, { path, method, action });
    const everywhere = action === 'list' && namespaced;
    return everywhere ? [one, operation(definition, { path: `${apiPath(definition)}/${plural}`, method, action })] : [one];
  });
  return [
    ...operations,
    ...watchOperations(definition, within),
    ...definition.subresources.flatMap((subresource) => subresourceOperations(definition, subresource, collection)),
  ];
}

/** Custom resources have no such paths. */
function watchOperations(definition: Documented, within: string): Operation[] {
  if (definition.schema !== undefined || !definition.verbs.includes('watch')) return [];
  const root = `${apiPath(definition)}/watch`;
  const lists = [`${root}${within}`, ...(definition.namespaced ? [`${root}/${definition.plural}`] : [])];
  return [
    ...lists.map((path) => operation(definition, { path, method: 'get', action: 'watchlist' })),
    operation(definition, { path: `${root}${within}/{name}`, method: 'get', action: 'watch' }),
  ];
}

interface Spot {
  readonly path: string;
  readonly method: Method;
  readonly action: Action;
  readonly subresource?: Subresource;
  /** Goes on to a path at the other side. */
  readonly onward?: boolean;
}

function operation(definition: Documented, spot: Spot): Operation {
  const { path, method, action, subresource } = spot;
  const { group, version } = subresource ?? definition;
  const kind = subresource?.kind ?? definition.kind;
  const model = subresource === undefined || subresource.kind === definition.kind ? definition.model : subresource.kind;
  const noun = subresource === undefined ? definition.kind : `${subresource.name} of the specified ${definition.kind}`;
  return {
    path,
    method,
    action,
    id: operationId(definition, spot),
    tag: tagOf(definition),
    description: descriptionOf(action, noun),
    gvk: { group, version, kind },
    parameters: parameters(path, action),
    body: bodyOf(action, model),
    answer: answerOf(spot, definition, model),
    codes: codesOf(action),
    custom: definition.schema !== undefined,
  };
}

function descriptionOf(action: Action, noun: string): string {
  const words = `${verbWords[action]} ${noun}`;
  if (action === 'watchlist') return `${words}. ${deprecatedWatch}.`;
  if (action === 'watch') return `${words}. ${deprecatedWatch}, filtered to a single item with the 'fieldSelector' parameter.`;
  return words;
}

function subresourceOperations(definition: Documented, subresource: Subresource, collection: string): Operation[] {
  const path = `${collection}/{name}/${subresource.name}`;
  if (subresource.name === 'proxy') {
    return proxyMethods.flatMap((method) => [
      operation(definition, { path, method, action: 'connect', subresource }),
      operation(definition, { path: `${path}/{path}`, method, action: 'connect', subresource, onward: true }),
    ]);
  }
  const connects = subresource.kind.endsWith('Options');
  return subresource.verbs.flatMap((verb): Operation[] => {
    const [method, action] = methods[verb] ?? [];
    if (method === undefined || action === undefined) return [];
    return [operation(definition, { path, method, action: connects ? 'connect' : action, subresource })];
  });
}

function bodyOf(action: Action, model: string): string | undefined {
  if (action === 'post' || action === 'put') return model;
  if (action === 'patch') return 'Patch';
  return action === 'delete' || action === 'deletecollection' ? 'DeleteOptions' : undefined;
}

function answerOf({ action, subresource }: Spot, definition: Documented, model: string): string | undefined {
  if (action === 'connect' || subresource?.name === 'log') return undefined;
  if (action === 'watch' || action === 'watchlist') return 'WatchEvent';
  if (action === 'list') return `${definition.model}List`;
  if (action === 'delete') return definition.returnsDeleted === true ? model : 'Status';
  return action === 'deletecollection' ? 'Status' : model;
}

function codesOf(action: Action): readonly number[] {
  if (action === 'post') return [200, 201, 202];
  if (action === 'put' || action === 'patch') return [200, 201];
  return action === 'delete' ? [200, 202] : [200];
}
