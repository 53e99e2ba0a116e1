import type { ModelNames } from './model-names.js';
import type { Documented } from './operations.js';

/** A JSON schema as OpenAPI writes it. */
export type SchemaObject = Record<string, unknown>;

/** The version of OpenAPI, and with it where schemas stand and what they can say. */
type Dialect = 2 | 3;

export interface SchemaContext {
  readonly dialect: Dialect;
  readonly names: ModelNames;
  /** All that is served, for the kinds that every group knows: Status, DeleteOptions, WatchEvent. */
  readonly definitions: readonly Documented[];
}

export function reference(name: string, dialect: Dialect): SchemaObject {
  return { $ref: `${dialect === 3 ? '#/components/schemas/' : '#/definitions/'}${name}` };
}
