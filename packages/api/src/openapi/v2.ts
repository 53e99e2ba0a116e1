import type { Definition } from '../definition.js';
import { publishedNames } from './model-names.js';
import { bodySchema, bodyTypes, patchBodyTypes, pathsOf, responsesOf } from './operation-parts.js';
import { type Operation, operationsOf } from './operations.js';
import type { SchemaContext, SchemaObject } from './schema-object.js';
import { schemasOf } from './schemas.js';
import type { ApiInfo } from './v3.js';

/** The OpenAPI 2.0 document of all that is served: `/openapi/v2`. */
export function openApiV2(definitions: readonly Definition[], info: ApiInfo): SchemaObject {
  const context: SchemaContext = { dialect: 2, names: publishedNames(definitions), definitions };
  const paths = pathsOf(definitions.flatMap(operationsOf), (operation) => operationObject(operation, context));
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
  const { body, answer, gvk } = operation;
  return {
    description: operation.description,
    consumes: body === 'Patch' ? patchBodyTypes(operation) : ['*/*'],
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
              schema: bodySchema(body, context),
            },
          ]),
    ],
    responses: responsesOf(operation, { schema: bodySchema(answer, context) }),
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group: gvk.group, kind: gvk.kind, version: gvk.version },
  };
}
