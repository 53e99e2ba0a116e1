import { ageColumn, textColumn } from '../../columns/column.js';
import { markedNameColumn } from '../../columns/default-mark.js';
import { forbidden } from '../../errors/field-error.js';
import type { VolumeAttributesClass } from '../../generated/types.js';
import { equalJson } from '../../json.js';
import { define } from '../define.js';
import { validateParameters } from './parameters.js';
import { validateProvisioner } from './provisioner.js';

export const volumeAttributesClasses = define<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  shortNames: ['vac'],
  namespaced: false,
  returnsDeleted: true,
  columns: [
    markedNameColumn(['volumeattributesclass.alpha.kubernetes.io/is-default-class']),
    textColumn('DriverName', 'The driver that knows its parameters.', ({ driverName }) => driverName),
    ageColumn,
  ],

  validate: ({ driverName, parameters }) => [
    ...validateProvisioner(driverName, 'driverName'),
    ...validateParameters(parameters ?? {}, 'parameters', false),
  ],

  validateUpdate: (draft, old) =>
    (['driverName', 'parameters'] as const).flatMap((name) =>
      equalJson(draft[name], old[name]) ? [] : [forbidden(name, `updates to ${name} are forbidden.`)],
    ),
});
