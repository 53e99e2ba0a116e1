import { ageColumn, countColumn, nameColumn } from '../../columns/column.js';
import { duplicate, type FieldError, invalid, required } from '../../errors/field-error.js';
import { goForm } from '../../errors/go-form.js';
import type { CSINode, CSINodeDriver } from '../../generated/types.js';
import { equalButEmptyLists } from '../../json.js';
import type { Draft } from '../../objects.js';
import { nonNegative, problemsOf } from '../../validation/check.js';
import { validateDriverName } from '../../validation/driver-name.js';
import { qualifiedNameProblems } from '../../validation/names.js';
import { immutableMessage } from '../../validation/object-meta.js';
import { repeated } from '../../validation/repeated.js';
import { define } from '../define.js';

const nodeIdMax = 256;
const driverShape = { Name: '', NodeID: '', TopologyKeys: null, Allocatable: { Count: null } } as const;

export const csiNodes = define<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  namespaced: false,
  returnsDeleted: true,
  allowUnconditionalUpdate: false,
  columns: [
    nameColumn,
    countColumn('Drivers', 'How many drivers run on the node.', ({ spec }) => (spec.drivers ?? []).length),
    ageColumn,
  ],

  validate({ spec = {} }) {
    const drivers = spec.drivers ?? [];
    const repeats = repeated(drivers.map(({ name }) => name));
    return drivers.flatMap((driver, index) => {
      const at = `spec.drivers[${index}]`;
      return [
        ...validateDriver(driver, at),
        ...(repeats.has(index) ? [duplicate(`${at}.name`, driver.name)] : []),
        ...validateTopologyKeys(driver.topologyKeys ?? [], at),
      ];
    });
  },

  /** Drivers come and go; one that stays is what it was. */
  validateUpdate({ spec = {} }, old) {
    const drivers = new Map((old.spec.drivers ?? []).map((driver) => [driver.name, driver]));
    return (spec.drivers ?? []).flatMap((driver) => {
      const before = drivers.get(driver.name ?? '');
      if (before === undefined || equalButEmptyLists(driver, before)) return [];
      return [invalid('CSINodeDriver', goForm(driver, driverShape), immutableMessage)];
    });
  },
});

function validateDriver({ name, nodeID = '', allocatable }: Draft<CSINodeDriver>, at: string): FieldError[] {
  return [
    ...validateDriverName(name, `${at}.name`),
    ...(nodeID === '' ? [required(`${at}.nodeID`)] : []),
    ...(nodeID.length > nodeIdMax ? [invalid(`${at}.nodeID`, nodeID, `must be ${nodeIdMax} characters or less`)] : []),
    ...nonNegative(`${at}.allocatable.count`, allocatable?.count),
  ];
}

/** Errors are told of the driver, not of its keys. */
function validateTopologyKeys(keys: readonly string[], at: string): FieldError[] {
  const repeats = repeated(keys);
  return keys.flatMap((key, index) => [
    ...(key === '' ? [required(at)] : []),
    ...(repeats.has(index) ? [duplicate(at, key)] : []),
    ...problemsOf(at, key, qualifiedNameProblems(key)),
  ]);
}
