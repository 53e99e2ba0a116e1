import type { GroupVersion } from '../objects.js';
import { apiWords, capitalized, groupTag, tagOf } from './operation-ids.js';
import { apiPath, type Documented } from './operations.js';

/** A read of a path that belongs to no resource: what there is, and which release it is of. */
export interface PlainOperation {
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly description: string;
  /** The model of the answer. */
  readonly answer: string;
}

/** `/api/v1/`, `/apis/apps/v1/`: the resources of a group's version. */
export function versionOperation(groupVersion: GroupVersion): PlainOperation {
  return {
    path: `${apiPath(groupVersion)}/`,
    id: `get${apiWords(groupVersion)}APIResources`,
    tag: tagOf(groupVersion),
    description: 'get available resources',
    answer: 'APIResourceList',
  };
}

/** All others; each is the whole of a document of OpenAPI 3, by its path: `apis/apps`. */
export function rootOperations(groupVersions: readonly GroupVersion[]): readonly PlainOperation[] {
  const groups = [...new Set(groupVersions.map(({ group }) => group))].filter((group) => group !== '');
  const description = 'get available API versions';
  return [
    { path: '/api/', id: 'getCoreAPIVersions', tag: 'core', description, answer: 'APIVersions' },
    { path: '/apis/', id: 'getAPIVersions', tag: 'apis', description, answer: 'APIGroupList' },
    ...groups.map((group) => ({
      path: `/apis/${group}/`,
      id: `get${capitalized(groupTag(group))}APIGroup`,
      tag: groupTag(group),
      description: 'get information of a group',
      answer: 'APIGroup',
    })),
    {
      path: '/version/',
      id: 'getCodeVersion',
      tag: 'version',
      description: 'get the version information for this server',
      answer: 'VersionInfo',
    },
  ];
}

/** What is built in; versions that only custom resources are of are not documented so. */
export function builtInVersions(definitions: readonly Documented[]): readonly GroupVersion[] {
  const versions = new Map<string, GroupVersion>();
  for (const { group, version, schema } of definitions) {
    if (schema === undefined) versions.set(`${group}/${version}`, { group, version });
  }
  return [...versions.values()];
}
