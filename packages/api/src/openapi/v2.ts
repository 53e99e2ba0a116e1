import type { Definition } from '../definition.js';
import { publishedNames, scalarNames } from './model-names.js';
import { type Operation, operationsOf } from './operations.js';
import { reference, type SchemaContext, type SchemaObject, schemasOf } from './schemas.js';
import type { ApiInfo } from './v3.js';

const bodyTypes = ['application/json', 'application/yaml'];
const patchBodyTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json'];

/** The OpenAPI 2.0 document of all that is served: `/openapi/v2`. */
export function openApiV2(definitions: readonly Definition[], info: ApiInfo): SchemaObject {
  const context: SchemaContext = { dialect: 2, names: publishedNames(definitions), definitions };
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of definitions.flatMap(operationsOf)) {
    const item = paths[operation.path] ?? {};
    paths[operation.path] = item;
    item[operation.method] = operationObject(operation, context);
  }
  return {
    swagger: '2.0',
    info,
    paths,
    definitions: schemasOf(definitions, context),
    securityDefinitions: {
      BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' },
    },
    security: [{ BearerToken: [] }],
  };
}

function operationObject(operation: Operation, context: SchemaContext): SchemaObject {
  const { body, answer, codes, gvk } = operation;
  const descriptions: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };
  const schema = answer === undefined ? { type: 'string' } : modelReference(answer, context);
  return {
    description: operation.description,
    consumes: body === 'Patch' ? patchBodyTypes : ['*/*'],
    produces: answer === undefined ? ['*/*'] : bodyTypes,
    schemes: ['https'],
    tags: [operation.tag],
    operationId: operation.id,
    parameters: [
      ...operation.parameters.map(({ name, in: place, type, description }) => ({
        uniqueItems: true,
        type,
        description,
        name,
        in: place,
        ...(place === 'path' ? { required: true } : {}),
      })),
      ...(body === undefined
        ? []
        : [
            {
              name: 'body',
              in: 'body',
              ...(body === 'DeleteOptions' ? {} : { required: true }),
              schema: modelReference(body, context),
            },
          ]),
    ],
    responses: Object.fromEntries([
      ...codes.map((code) => [code, { description: descriptions[code] ?? '', schema }]),
      [401, { description: 'Unauthorized' }],
    ]),
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group: gvk.group, kind: gvk.kind, version: gvk.version },
  };
}

function modelReference(model: string, { names, dialect }: SchemaContext): SchemaObject {
  const name = model === 'Patch' ? scalarNames.patch : names.get(model);
  return name === undefined ? { type: 'object' } : reference(name, dialect);
}
