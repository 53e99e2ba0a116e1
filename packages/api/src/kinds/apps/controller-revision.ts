import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { required } from '../../errors/field-error.js';
import type { ControllerRevision } from '../../generated/types.js';
import { isRecord } from '../../json.js';
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
    textColumn('Revision', 'The number of the revision.', ({ revision }) => revision),
    ageColumn,
  ],

  validate: ({ revision }) => nonNegative('revision', revision),
  validateCreate: ({ data }) => {
    if (data === undefined || data === null) return [required('data', 'data is mandatory')];
    return isRecord(data) ? [] : [required('data', 'data must be a valid JSON object')];
  },
  validateUpdate: ({ data }, old) => immutable('data', data, old.data),
});

function controllerText({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return '<none>';
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}
