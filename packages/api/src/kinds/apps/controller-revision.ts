import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { required } from '../../errors/field-error.js';
import type { ControllerRevision } from '../../generated/types.js';
import { nonNegative } from '../../validation/check.js';
import { immutable } from '../../validation/object-meta.js';
import { define } from '../define.js';

export const controllerRevisions = define<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  namespaced: true,
  columns: [
    nameColumn,
    textColumn('Controller', 'The object whose past this is.', controllerText),
    textColumn('Revision', 'The number of the revision.', ({ revision = 0 }) => revision),
    ageColumn,
  ],

  validate: ({ revision, data }) => [...nonNegative('revision', revision), ...(data === undefined ? [required('data')] : [])],
  validateUpdate: ({ data }, old) => immutable('data', data, old.data),
});

function controllerText({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return '<none>';
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}
