import { publishedNames } from './model-names.js';
import { bodySchema, bodyTypes, patchBodyTypes, pathsOf, responsesOf } from './operation-parts.js';
import { type Documented, type Operation, operationsOf } from './operations.js';
import { builtInVersions, type PlainOperation, rootOperations, versionOperation } from './plain-operations.js';
import type { SchemaContext, SchemaObject } from './schema-object.js';
import { schemasOf } from './schemas.js';
import type { ApiInfo } from './v3.js';

/** The OpenAPI 2.0 document of all that is served: `/openapi/v2`. */
export function openApiV2(definitions: readonly Documented[], info: ApiInfo): SchemaObject {
  const context: SchemaContext = { dialect: 2, names: publishedNames(definitions), definitions };
  const versions = builtInVersions(definitions);
  const plain = [...rootOperations(versions), ...versions.map(versionOperation)];
  const paths = {
    ...Object.fromEntries(plain.map((operation) => [operation.path, { get: plainObject(operation, context) }])),
    ...pathsOf(definitions.flatMap(operationsOf), (operation) => operationObject(operation, context)),
  };
  return {
    swagger: '2.0',
    info,
    paths,
    definitions: schemasOf(definitions, plain, context),
    securityDefinitions: {
      BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' },
    },
    security: [{ BearerToken: [] }],
  };
}

function plainObject({ description, id, tag, answer }: PlainOperation, context: SchemaContext): SchemaObject {
  return {
    description,
    consumes: ['application/json'],
    produces: ['application/json'],
    schemes: ['https'],
    tags: [tag],
    operationId: id,
    responses: responsesOf([200], { schema: bodySchema(answer, context) }),
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
    responses: responsesOf(operation.codes, { schema: bodySchema(answer, context) }),
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group: gvk.group, kind: gvk.kind, version: gvk.version },
  };
}
