import { readFileSync } from 'node:fs';
import { isRecord } from '@flotilla/api';
import { errorMessage } from '@flotilla/base';
import { ConfigError } from '@flotilla/process';
import { parseDocument } from 'yaml';

/**
 * One object of a configuration file, read member by member. What nobody asked for is a mistake of whoever wrote the
 * file: `end` says so, as Kubernetes' strict decoding does.
 */
export class ConfigNode {
  /** Where it lies, for messages: `policy.yaml: rules[0]`. */
  readonly where: string;
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #asked = new Set<string>();
  readonly #children: ConfigNode[] = [];

  constructor(value: Readonly<Record<string, unknown>>, where: string) {
    this.#value = value;
    this.where = where;
  }

  has(name: string): boolean {
    const value = this.#take(name);
    return value !== undefined && value !== null;
  }

  text(name: string): string | undefined {
    return this.#typed(name, 'a string', (value) => typeof value === 'string') as string | undefined; // checked right here
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw this.problem(`${name}: Required value`);
    return value;
  }

  flag(name: string): boolean | undefined {
    return this.#typed(name, 'true or false', (value) => typeof value === 'boolean') as boolean | undefined; // checked right here
  }

  texts(name: string): readonly string[] {
    const isTexts = (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string');
    return (this.#typed(name, 'a list of strings', isTexts) as readonly string[] | undefined) ?? []; // checked right here
  }

  node(name: string): ConfigNode | undefined {
    const value = this.#typed(name, 'an object', isRecord);
    return value === undefined ? undefined : this.#child(value as Record<string, unknown>, name); // checked right here
  }

  nodes(name: string): readonly ConfigNode[] {
    const value = this.#typed(name, 'a list of objects', (found) => Array.isArray(found) && found.every(isRecord));
    const items = (value as readonly Record<string, unknown>[] | undefined) ?? []; // checked right here
    return items.map((item, i) => this.#child(item, `${name}[${i}]`));
  }

  problem(text: string): ConfigError {
    return new ConfigError(`${this.where}${this.where.endsWith(':') ? ' ' : '.'}${text}`);
  }

  /** @throws ConfigError when this object, or one below it, has members that nobody has asked for */
  end(): void {
    for (const name of Object.keys(this.#value)) {
      if (!this.#asked.has(name)) throw this.problem(`${name}: unknown field`);
    }
    for (const child of this.#children) child.end();
  }

  #take(name: string): unknown {
    this.#asked.add(name);
    return this.#value[name];
  }

  #typed(name: string, what: string, is: (value: unknown) => boolean): unknown {
    const value = this.#take(name);
    if (value === undefined || value === null) return undefined;
    if (!is(value)) throw this.problem(`${name}: must be ${what}`);
    return value;
  }

  #child(value: Record<string, unknown>, name: string): ConfigNode {
    const child = new ConfigNode(value, `${this.where}${this.where.endsWith(':') ? ' ' : '.'}${name}`);
    this.#children.push(child);
    return child;
  }
}

/**
 * Reads a YAML or JSON file that holds one object of the kind, such as an audit policy.
 * @throws ConfigError when it cannot be read or is of another kind or version
 */
export function readConfigDocument(path: string, kind: string, apiVersions: readonly string[]): ConfigNode {
  const document = parseDocument(readConfigText(path), { version: '1.2' });
  const [error] = document.errors;
  if (error !== undefined) throw new ConfigError(`${path}: ${error.message}`);
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  if (!isRecord(value)) throw new ConfigError(`${path}: want one object of kind ${kind}`);
  const node = new ConfigNode(value, `${path}:`);
  const [found, version] = [node.text('kind') ?? '', node.text('apiVersion') ?? ''];
  if (found !== kind || !apiVersions.includes(version)) {
    throw new ConfigError(
      `${path}: no kind "${found}" is registered for version "${version}": want ${kind} of ${apiVersions.join(' or ')}`,
    );
  }
  return node;
}

/** @throws ConfigError in the words of `open` */
export function readConfigText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new ConfigError(`open ${path}: ${missing ? 'no such file or directory' : errorMessage(error)}`);
  }
}
