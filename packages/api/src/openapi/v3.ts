import type { Definition } from '../definition.js';
import type { GroupVersion } from '../objects.js';
import { publishedNames, scalarNames } from './model-names.js';
import { type Operation, operationsOf } from './operations.js';
import { reference, type SchemaContext, type SchemaObject, schemasOf } from './schemas.js';

const bodyTypes = ['application/json', 'application/yaml'];
const patchBodyTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json'];

/** What a server says of itself in its documents. */
export interface ApiInfo {
  readonly title: string;
  /** The version of Kubernetes that it stands for, such as `v1.34.0`. */
  readonly version: string;
}

/**
 * The OpenAPI 3.0 document of one group's version: `/openapi/v3/apis/apps/v1`.
 * @param definitions everything that the server serves; the document tells of those of `groupVersion`
 */
export function openApiV3(groupVersion: GroupVersion, definitions: readonly Definition[], info: ApiInfo): SchemaObject {
  const context: SchemaContext = { dialect: 3, names: publishedNames(definitions), definitions };
  const own = definitions.filter(({ group, version }) => group === groupVersion.group && version === groupVersion.version);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of own.flatMap(operationsOf)) {
    const item = paths[operation.path] ?? {};
    paths[operation.path] = item;
    item[operation.method] = operationObject(operation, context);
  }
  return {
    openapi: '3.0.0',
    info,
    paths,
    components: {
      schemas: schemasOf(own, context),
      securitySchemes: {
        BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' },
      },
    },
  };
}

function operationObject(operation: Operation, context: SchemaContext): SchemaObject {
  const { body, gvk, action } = operation;
  return {
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.id,
    parameters: operation.parameters.map(({ name, in: place, type, description }) => ({
      name,
      in: place,
      description,
      ...(place === 'path' ? { required: true } : {}),
      schema: { type, uniqueItems: true },
    })),
    ...(body === undefined ? {} : { requestBody: requestBody(body, context) }),
    responses: responses(operation, context),
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group: gvk.group, kind: gvk.kind, version: gvk.version },
  };
}

function requestBody(body: string, context: SchemaContext): SchemaObject {
  const schema = modelReference(body, context);
  const types = body === 'Patch' ? patchBodyTypes : bodyTypes;
  return {
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
    ...(body === 'DeleteOptions' ? {} : { required: true }),
  };
}

function responses({ codes, answer, action }: Operation, context: SchemaContext): SchemaObject {
  const schema = answer === undefined ? { type: 'string' } : modelReference(answer, context);
  const types = answer === undefined ? ['*/*'] : action === 'list' ? [...bodyTypes, 'application/json;stream=watch'] : bodyTypes;
  const content = Object.fromEntries(types.map((type) => [type, { schema }]));
  const descriptions: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };
  return Object.fromEntries([
    ...codes.map((code) => [code, { description: descriptions[code] ?? '', content }]),
    [401, { description: 'Unauthorized' }],
  ]);
}

function modelReference(model: string, { names, dialect }: SchemaContext): SchemaObject {
  const name = model === 'Patch' ? scalarNames.patch : names.get(model);
  return name === undefined ? { type: 'object' } : reference(name, dialect);
}
