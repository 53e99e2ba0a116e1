import type { Definition, Subresource, Verb } from '../definition.js';
import type { GroupVersion, GroupVersionKind } from '../objects.js';
import { operationId, tagOf } from './operation-ids.js';
import { type Parameter, parameters } from './parameters.js';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type Action = 'list' | 'post' | 'deletecollection' | 'get' | 'put' | 'patch' | 'delete' | 'connect';

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
};

/** Where a group's version is served: `/api/v1` or `/apis/apps/v1`. */
export function apiPath({ group, version }: GroupVersion): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

export function operationsOf(definition: Definition): Operation[] {
  const collection = `${apiPath(definition)}${definition.namespaced ? '/namespaces/{namespace}' : ''}/${definition.plural}`;
  const operations = definition.verbs.flatMap((verb): Operation[] => {
    const [method, action] = methods[verb] ?? [];
    if (method === undefined || action === undefined) return [];
    const onCollection = action === 'list' || action === 'post' || action === 'deletecollection';
    const path = onCollection ? collection : `${collection}/{name}`;
    const one = operation(definition, { path, method, action });
    const everywhere = action === 'list' && definition.namespaced;
    return everywhere
      ? [one, operation(definition, { path: `${apiPath(definition)}/${definition.plural}`, method, action })]
      : [one];
  });
  return [
    ...operations,
    ...definition.subresources.flatMap((subresource) => subresourceOperations(definition, subresource, collection)),
  ];
}

interface Spot {
  readonly path: string;
  readonly method: Method;
  readonly action: Action;
  readonly subresource?: Subresource;
}

function operation(definition: Definition, spot: Spot): Operation {
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
    description: `${verbWords[action]} ${noun}`,
    gvk: { group, version, kind },
    parameters: parameters(path, action),
    body: bodyOf(action, model),
    answer: answerOf(spot, definition, model),
    codes: codesOf(action),
    custom: definition.schema !== undefined,
  };
}

function subresourceOperations(definition: Definition, subresource: Subresource, collection: string): Operation[] {
  const path = `${collection}/{name}/${subresource.name}`;
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

function answerOf({ action, subresource }: Spot, definition: Definition, model: string): string | undefined {
  if (action === 'connect' || subresource?.name === 'log') return undefined;
  if (action === 'list') return `${definition.model}List`;
  return action === 'delete' || action === 'deletecollection' ? 'Status' : model;
}

function codesOf(action: Action): readonly number[] {
  if (action === 'post') return [200, 201, 202];
  if (action === 'put' || action === 'patch') return [200, 201];
  return action === 'delete' ? [200, 202] : [200];
}
