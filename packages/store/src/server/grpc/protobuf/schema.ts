/** The scalar types that etcd's messages use. */
export const scalarTypes = ['bool', 'string', 'bytes', 'int32', 'uint32', 'int64', 'uint64'] as const;
type ScalarType = (typeof scalarTypes)[number];

export type FieldType =
  | { readonly kind: ScalarType }
  | { readonly kind: 'enum'; readonly values: ReadonlyMap<string, number> }
  | { readonly kind: 'message'; readonly message: MessageType };

export interface Field {
  readonly number: number;
  readonly name: string;
  readonly type: FieldType;
  readonly repeated: boolean;
  /** Names of the other fields of its `oneof`; undefined outside of one. Such a field is sent at its default too. */
  readonly alternatives: readonly string[] | undefined;
}

export interface MessageType {
  /** With its package, e.g. `etcdserverpb.PutRequest`. */
  readonly name: string;
  /** By number. */
  readonly fields: readonly Field[];
  /** Sparse: at its number. */
  readonly byNumber: readonly (Field | undefined)[];
}

export interface MethodType {
  readonly request: MessageType;
  readonly response: MessageType;
}

export interface Schema {
  /** By full name, e.g. `etcdserverpb.PutRequest`. */
  readonly messages: ReadonlyMap<string, MessageType>;
  /** By `package.Service/Method`. */
  readonly methods: ReadonlyMap<string, MethodType>;
}
