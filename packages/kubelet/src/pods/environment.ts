import type { Container, EnvVar, EnvVarSource, Pod } from '@flotilla/api';
import type { EnvEntry } from '../runtimes/runtime.js';
import { containerResource, podField } from './downward-fields.js';
import { expand } from './expansion.js';

/** Where `valueFrom` and `envFrom` look. Answers come from the API and may fail with a StatusError. */
export interface ConfigSource {
  /** @returns undefined when there is no such object */
  configMap(
    namespace: string,
    name: string,
  ): Promise<
    { readonly data: Readonly<Record<string, string>>; readonly binaryData: Readonly<Record<string, string>> } | undefined
  >;
  /** Values are base64. @returns undefined when there is no such object */
  secret(namespace: string, name: string): Promise<Readonly<Record<string, string>> | undefined>;
}

export interface EnvironmentInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly podIp: string;
  readonly hostIp: string;
  readonly nodeAllocatable: Readonly<Record<string, string>>;
  /** `FOO_SERVICE_HOST` and its like. */
  readonly serviceEnv: readonly EnvEntry[];
  readonly config: ConfigSource;
}

/** The container's configuration cannot be made: shown as `CreateContainerConfigError`. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}

/**
 * A container's variables in order: services, then `envFrom`, then `env`; a later one of the same name wins.
 * @throws ContainerConfigError when something it refers to is missing and not optional
 */
export async function containerEnv(input: EnvironmentInput): Promise<EnvEntry[]> {
  const env = new Map(input.serviceEnv.map(({ name, value }) => [name, value]));
  await addEnvFrom(input, env);
  for (const variable of input.container.env ?? []) {
    const value = await variableValue(input, variable, env);
    if (value !== undefined) env.set(variable.name, value);
  }
  return [...env].map(([name, value]) => ({ name, value }));
}

async function addEnvFrom(input: EnvironmentInput, env: Map<string, string>): Promise<void> {
  const namespace = input.pod.metadata.namespace ?? '';
  for (const source of input.container.envFrom ?? []) {
    const prefix = source.prefix ?? '';
    if (source.configMapRef !== undefined) {
      const { name = '', optional } = source.configMapRef;
      const map = await input.config.configMap(namespace, name);
      if (map === undefined && optional !== true) throw new ContainerConfigError(`configmap "${name}" not found`);
      for (const [key, value] of Object.entries(map?.data ?? {})) env.set(prefix + key, value);
    }
    if (source.secretRef !== undefined) {
      const { name = '', optional } = source.secretRef;
      const secret = await input.config.secret(namespace, name);
      if (secret === undefined && optional !== true) throw new ContainerConfigError(`secret "${name}" not found`);
      for (const [key, value] of Object.entries(secret ?? {})) env.set(prefix + key, decode(value));
    }
  }
}

async function variableValue(
  input: EnvironmentInput,
  variable: EnvVar,
  env: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  if (variable.valueFrom === undefined) return expand(variable.value ?? '', (name) => env.get(name));
  return valueFrom(input, variable.valueFrom);
}

/** @returns undefined when the reference is optional and leads nowhere: the variable is then not set */
async function valueFrom(input: EnvironmentInput, source: EnvVarSource): Promise<string | undefined> {
  const { pod, container } = input;
  const namespace = pod.metadata.namespace ?? '';
  if (source.fieldRef !== undefined) {
    const value = podField(pod, source.fieldRef.fieldPath, input);
    if (value === undefined) throw new ContainerConfigError(`unsupported fieldPath: ${source.fieldRef.fieldPath}`);
    return value;
  }
  if (source.resourceFieldRef !== undefined) {
    const value = containerResource(pod, source.resourceFieldRef, container.name, input.nodeAllocatable);
    if (value === undefined) throw new ContainerConfigError(`unsupported resource: ${source.resourceFieldRef.resource}`);
    return value;
  }
  if (source.configMapKeyRef !== undefined) {
    const { name = '', key, optional } = source.configMapKeyRef;
    const map = await input.config.configMap(namespace, name);
    return present(
      map?.data[key],
      optional,
      map === undefined ? `configmap "${name}" not found` : `couldn't find key ${key} in ConfigMap ${namespace}/${name}`,
    );
  }
  if (source.secretKeyRef !== undefined) {
    const { name = '', key, optional } = source.secretKeyRef;
    const secret = await input.config.secret(namespace, name);
    const value = present(
      secret?.[key],
      optional,
      secret === undefined ? `secret "${name}" not found` : `couldn't find key ${key} in Secret ${namespace}/${name}`,
    );
    return value === undefined ? undefined : decode(value);
  }
  return '';
}

function present(value: string | undefined, optional: boolean | undefined, problem: string): string | undefined {
  if (value === undefined && optional !== true) throw new ContainerConfigError(problem);
  return value;
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
