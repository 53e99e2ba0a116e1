import type { Definition } from '../definition.js';
import type { GroupVersion } from '../objects.js';
import { publishedNames } from './model-names.js';
import { bodySchema, bodyTypes, patchBodyTypes, pathsOf, responsesOf } from './operation-parts.js';
import { type Operation, operationsOf } from './operations.js';
import type { SchemaContext, SchemaObject } from './schema-object.js';
import { schemasOf } from './schemas.js';

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
  const paths = pathsOf(own.flatMap(operationsOf), (operation) => operationObject(operation, context));
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
    ...(body === undefined ? {} : { requestBody: requestBody(body, operation, context) }),
    responses: responses(operation, context),
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group: gvk.group, kind: gvk.kind, version: gvk.version },
  };
}

function requestBody(body: string, operation: Operation, context: SchemaContext): SchemaObject {
  const schema = bodySchema(body, context);
  const types = body === 'Patch' ? patchBodyTypes(operation) : bodyTypes;
  return {
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
    ...(body === 'DeleteOptions' ? {} : { required: true }),
  };
}

function responses(operation: Operation, context: SchemaContext): SchemaObject {
  const { answer, action } = operation;
  const schema = bodySchema(answer, context);
  const types = answer === undefined ? ['*/*'] : action === 'list' ? [...bodyTypes, 'application/json;stream=watch'] : bodyTypes;
  return responsesOf(operation, { content: Object.fromEntries(types.map((type) => [type, { schema }])) });
}
