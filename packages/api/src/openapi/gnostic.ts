import { isRecord } from '../json.js';
import { absent, boolField, type Encoder, encodeMessage, message, messageField, repeated, textField } from './protobuf.js';
import type { SchemaObject } from './schema-object.js';

/**
 * An OpenAPI 2.0 document as protobuf, in the encoding that gnostic defines (package openapi.v2) and kubectl reads.
 * Of the document's members, those are encoded that documents of API servers have.
 */
export function encodeOpenApiV2(document: SchemaObject): Uint8Array {
  const info = record(document['info']);
  return encodeMessage(
    message(
      textField(1, text(document['swagger'])),
      messageField(2, message(textField(1, text(info['title'])), textField(2, text(info['version'])))),
      messageField(8, named(2, record(document['paths']), pathItem)),
      messageField(9, named(1, record(document['definitions']), schema)),
      messageField(10, named(1, record(document['parameters']), parameterMessage)),
      repeated(list(document['security']), (requirement) =>
        messageField(
          12,
          named(1, record(requirement), () => absent),
        ),
      ),
      messageField(
        13,
        named(1, record(document['securityDefinitions']), (value) => messageField(2, apiKeySecurity(value))),
      ),
    ),
  );
}

/** gnostic's maps: a list of messages that have the key as field 1 and the value as field 2. */
function named(
  number: number,
  entries: Readonly<Record<string, unknown>>,
  encode: (value: Record<string, unknown>) => Encoder,
): Encoder {
  return repeated(Object.entries(entries), ([name, value]) =>
    messageField(number, message(textField(1, name), messageField(2, encode(record(value))))),
  );
}

function pathItem(item: Record<string, unknown>): Encoder {
  const methods = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 };
  return message(
    ...Object.entries(methods).map(([method, number]) => {
      const value = item[method];
      return value === undefined ? absent : messageField(number, operation(record(value)));
    }),
    parameters(9, item),
  );
}

function operation(value: Record<string, unknown>): Encoder {
  return message(
    texts(1, value['tags']),
    textField(3, text(value['description'])),
    textField(5, text(value['operationId'])),
    texts(6, value['produces']),
    texts(7, value['consumes']),
    parameters(8, value),
    messageField(
      9,
      named(1, record(value['responses']), (response) => inlineOrReference(response, responseMessage)),
    ),
    texts(10, value['schemes']),
    extensions(13, value),
  );
}

function parameters(number: number, { parameters: values }: Record<string, unknown>): Encoder {
  return repeated(list(values), (value) => messageField(number, inlineOrReference(record(value), parameterMessage)));
}

/** gnostic's either-or of a thing and where it stands. */
function inlineOrReference(value: Record<string, unknown>, encode: (value: Record<string, unknown>) => Encoder): Encoder {
  const target = text(value['$ref']);
  return target === undefined ? messageField(1, encode(value)) : messageField(2, textField(1, target));
}

const places: Readonly<Record<string, number>> = { header: 1, formData: 2, query: 3, path: 4 };

function parameterMessage(value: Record<string, unknown>): Encoder {
  if (value['in'] === 'body') {
    return messageField(
      1,
      message(
        textField(2, text(value['name'])),
        textField(3, 'body'),
        boolField(4, value['required'] === true),
        messageField(5, schema(record(value['schema']))),
      ),
    );
  }
  const place = text(value['in']) ?? '';
  // Those of the query and of forms have one field more, allow_empty_value, before their type.
  const shift = place === 'query' || place === 'formData' ? 1 : 0;
  const fields = message(
    boolField(1, value['required'] === true),
    textField(2, place),
    textField(3, text(value['description'])),
    textField(4, text(value['name'])),
    textField(5 + shift, text(value['type'])),
    boolField(19 + shift, value['uniqueItems'] === true),
  );
  return messageField(2, messageField(places[place] ?? 3, fields));
}

function responseMessage(value: Record<string, unknown>): Encoder {
  const body = value['schema'];
  return message(
    textField(1, text(value['description'])),
    body === undefined ? absent : messageField(2, messageField(1, schema(record(body)))),
  );
}

function schema(value: Record<string, unknown>): Encoder {
  const { items, additionalProperties, properties, type } = value;
  return message(
    textField(1, text(value['$ref'])),
    textField(2, text(value['format'])),
    textField(4, text(value['description'])),
    texts(19, value['required']),
    additionalProperties === undefined ? absent : messageField(21, messageField(1, schema(record(additionalProperties)))),
    type === undefined ? absent : messageField(22, textField(1, text(type))),
    items === undefined ? absent : messageField(23, messageField(1, schema(record(items)))),
    properties === undefined ? absent : messageField(25, named(1, record(properties), schema)),
    extensions(31, value),
  );
}

/** Members that begin with `x-`: their values are carried as YAML, and JSON is YAML. */
function extensions(number: number, value: Record<string, unknown>): Encoder {
  const own = Object.entries(value).filter(([name]) => name.startsWith('x-'));
  return repeated(own, ([name, extension]) =>
    messageField(number, message(textField(1, name), messageField(2, textField(2, `${JSON.stringify(extension)}\n`)))),
  );
}

function apiKeySecurity(value: Record<string, unknown>): Encoder {
  return message(
    textField(1, text(value['type'])),
    textField(2, text(value['name'])),
    textField(3, text(value['in'])),
    textField(4, text(value['description'])),
  );
}

function texts(number: number, values: unknown): Encoder {
  return repeated(list(values), (value) => textField(number, text(value)));
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
