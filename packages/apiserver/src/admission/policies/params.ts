import {
  type Definition,
  groupVersionKindText,
  type KubernetesObject,
  type LabelSelector,
  matchesLabelSelector,
  type ParamKind,
  type ParamRef,
  parseApiVersion,
} from '@flotilla/api';
import type { AdmissionReads, AdmissionRequest } from '../admission.js';

/** A policy or binding that is set up in a way that cannot work. Its failure policy decides what becomes of the request. */
export class ConfigurationError extends Error {}

/** What a policy's parameters are. @throws ConfigurationError when there is no such kind */
export function paramDefinition({ apiVersion = '', kind = '' }: ParamKind, { catalogue }: AdmissionReads): Definition {
  const found = catalogue.ofKind({ ...parseApiVersion(apiVersion), kind });
  if (found !== undefined) return found;
  const text = groupVersionKindText({ ...parseApiVersion(apiVersion), kind });
  throw new ConfigurationError(`failed to find resource referenced by paramKind: '${text}'`);
}

/**
 * The objects with which a binding evaluates its policy, once each.
 * @returns `undefined` in the list: once, without parameters; an empty list: not at all
 * @throws ConfigurationError
 */
export async function collectParams(
  definition: Definition | undefined,
  ref: ParamRef | undefined,
  request: AdmissionRequest,
  reads: AdmissionReads,
): Promise<readonly (KubernetesObject | undefined)[]> {
  if (definition === undefined || ref === undefined) return [undefined];
  const namespace = namespaceOfParams(definition, ref, request);
  const found = await findParams(definition, namespace, ref, reads);
  if (found.length === 0 && ref.parameterNotFoundAction === 'Deny') {
    throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction');
  }
  return found;
}

function namespaceOfParams({ namespaced }: Definition, ref: ParamRef, request: AdmissionRequest): string {
  const given = ref.namespace ?? '';
  if (!namespaced) {
    if (given === '') return '';
    throw new ConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  }
  const namespace = given === '' ? request.namespace : given;
  if (namespace !== '') return namespace;
  throw new ConfigurationError('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
}

async function findParams(
  definition: Definition,
  namespace: string,
  { name = '', selector }: ParamRef,
  reads: AdmissionReads,
): Promise<readonly KubernetesObject[]> {
  const cache = await reads.cached(definition);
  if (name === '')
    return [...cache.list(definition.namespaced ? namespace : undefined)].filter((object) => selects(selector, object));
  // The cache may not have heard yet of what was created just before the request.
  const found = cache.get(namespace, name) ?? (await reads.live(definition, namespace, name));
  return found === undefined ? [] : [found];
}

function selects(selector: LabelSelector | undefined, { metadata }: KubernetesObject): boolean {
  return matchesLabelSelector(selector ?? {}, metadata.labels);
}
