import type { GroupVersion } from '../objects.js';
import { publishedNames } from './model-names.js';
import { bodySchema, bodyTypes, patchBodyTypes, pathsOf, responsesOf } from './operation-parts.js';
import { type Documented, type Operation, operationsOf } from './operations.js';
import { builtInVersions, type PlainOperation, rootOperations, versionOperation } from './plain-operations.js';
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
export function openApiV3(groupVersion: GroupVersion, definitions: readonly Documented[], info: ApiInfo): SchemaObject {
  const context: SchemaContext = { dialect: 3, names: publishedNames(definitions), definitions };
  const own = definitions.filter(({ group, version }) => group === groupVersion.group && version === groupVersion.version);
  const plain = builtInVersions(own).map(versionOperation);
  const paths = {
    ...plainPaths(plain, context),
    ...pathsOf(own.flatMap(operationsOf), (operation) => operationObject(operation, context)),
  };
  return documentOf(info, paths, schemasOf(own, plain, context));
}

/** The other documents, by their paths: `api`, `apis`, `apis/apps`, `version`. */
export function openApiV3Roots(definitions: readonly Documented[], info: ApiInfo): ReadonlyMap<string, SchemaObject> {
  const context: SchemaContext = { dialect: 3, names: publishedNames(definitions), definitions };
  const documents = rootOperations(builtInVersions(definitions)).map(
    (operation) =>
      [
        operation.path.slice(1, -1),
        documentOf(info, plainPaths([operation], context), schemasOf([], [operation], context)),
      ] as const,
  );
  return new Map(documents);
}

function documentOf(info: ApiInfo, paths: SchemaObject, schemas: SchemaObject): SchemaObject {
  return {
    openapi: '3.0.0',
    info,
    paths,
    components: {
      schemas,
      securitySchemes: {
        BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' },
      },
    },
  };
}

function plainPaths(operations: readonly PlainOperation[], context: SchemaContext): SchemaObject {
  return Object.fromEntries(
    operations.map(({ path, id, tag, description, answer }) => {
      const content = { 'application/json': { schema: bodySchema(answer, context) } };
      return [path, { get: { tags: [tag], description, operationId: id, responses: responsesOf([200], { content }) } }];
    }),
  );
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
  const watched = action === 'list' || action === 'watch' || action === 'watchlist';
  const types = answer === undefined ? ['*/*'] : watched ? [...bodyTypes, 'application/json;stream=watch'] : bodyTypes;
  return responsesOf(operation.codes, { content: Object.fromEntries(types.map((type) => [type, { schema }])) });
}
