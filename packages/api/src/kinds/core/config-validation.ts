import { type FieldError, forbidden, invalid, required, tooLong } from '../../errors/field-error.js';
import type { ConfigMap, Secret } from '../../generated/types.js';
import { equalJson, jsonTypeName, readJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { isEmpty, problemsOf } from '../../validation/check.js';
import { configKeyProblems } from '../../validation/names.js';
import { immutable } from '../../validation/object-meta.js';
import { binaryTextOfBase64 } from '../../values/base64.js';
import { utf8Length } from '../../values/utf8.js';

/** What a ConfigMap or Secret may hold: 1 MiB, so that an object fits into the store's largest request. */
const dataBytesMax = 1024 * 1024;

type Strings = Readonly<Record<string, string | undefined>>;

export function validateConfigMap({ data = {}, binaryData = {} }: Draft<ConfigMap>): FieldError[] {
  const errors = Object.keys(data).flatMap((key) => [
    ...problemsOf(`data[${key}]`, key, configKeyProblems(key)),
    ...(Object.hasOwn(binaryData, key) ? [invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')] : []),
  ]);
  errors.push(...Object.keys(binaryData).flatMap((key) => problemsOf(`binaryData[${key}]`, key, configKeyProblems(key))));
  const bytes = textBytes(data) + base64Bytes(binaryData);
  return bytes > dataBytesMax ? [...errors, tooLong('[]', dataBytesMax)] : errors;
}

export function validateSecret({ data = {}, type = '', metadata }: Draft<Secret>): FieldError[] {
  const errors = Object.keys(data).flatMap((key) => problemsOf(`data[${key}]`, key, configKeyProblems(key)));
  if (base64Bytes(data) > dataBytesMax) errors.push(tooLong('data', dataBytesMax));
  const account = 'kubernetes.io/service-account.name';
  if (type === 'kubernetes.io/service-account-token' && (metadata?.annotations?.[account] ?? '') === '') {
    errors.push(required(`metadata.annotations[${account}]`));
  }
  const isThere = (key: string) => (type === 'kubernetes.io/ssh-auth' ? !isEmpty(data[key]) : Object.hasOwn(data, key));
  const missing = (keysOfType.get(type) ?? []).filter((key) => !isThere(key));
  const json = jsonKeyOfType.get(type);
  if (json !== undefined && Object.hasOwn(data, json)) {
    const problem = mapProblem(data[json] ?? '');
    if (problem !== undefined) errors.push(invalid(`data[${json}]`, '<secret contents redacted>', problem));
  }
  const anyOfThem = type === 'kubernetes.io/basic-auth' && missing.length < 2;
  return anyOfThem ? errors : [...errors, ...missing.map((key) => required(`data[${key}]`))];
}

/** Where credentials for registries lie. */
const jsonKeyOfType: ReadonlyMap<string, string> = new Map([
  ['kubernetes.io/dockercfg', '.dockercfg'],
  ['kubernetes.io/dockerconfigjson', '.dockerconfigjson'],
]);

/** What programs expect of a Secret of each type. */
const keysOfType: ReadonlyMap<string, readonly string[]> = new Map([
  ['kubernetes.io/dockercfg', ['.dockercfg']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/basic-auth', ['username', 'password']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
]);

export function validateConfigMapUpdate(draft: Draft<ConfigMap>, old: ConfigMap): FieldError[] {
  return immutableData(draft, old, ['data', 'binaryData']);
}

export function validateSecretUpdate(draft: Draft<Secret>, old: Secret): FieldError[] {
  return [...immutable('type', draft.type, old.type), ...immutableData(draft, old, ['data'])];
}

interface Data {
  readonly immutable?: boolean | undefined;
  readonly data?: Strings | undefined;
  readonly binaryData?: Strings | undefined;
}

function immutableData(now: Data, before: Data, fields: readonly ('data' | 'binaryData')[]): FieldError[] {
  if (before.immutable !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  return [
    ...(now.immutable === true ? [] : [forbidden('immutable', why)]),
    ...fields.filter((name) => !equalJson(now[name] ?? {}, before[name] ?? {})).map((name) => forbidden(name, why)),
  ];
}

/** What keeps some bytes from being a JSON object. */
function mapProblem(base64: string): string | undefined {
  const { value, problem } = readJson(binaryTextOfBase64(base64));
  if (problem !== undefined) return problem;
  const type = jsonTypeName(value);
  const isMap = type === 'object' || type === 'null';
  return isMap ? undefined : `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
}

function textBytes(data: Strings): number {
  return Object.values(data).reduce<number>((sum, text) => sum + utf8Length(text ?? ''), 0);
}

function base64Bytes(data: Strings): number {
  return Object.values(data).reduce<number>((sum, text) => sum + Math.floor(((text ?? '').replace(/=+$/, '').length * 3) / 4), 0);
}
