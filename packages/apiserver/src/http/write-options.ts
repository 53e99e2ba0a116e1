import {
  applyPatchType,
  type FieldError,
  fieldManagerBytesMax,
  forbidden,
  isPrintable,
  notSupported,
  required,
  statusErrors,
  validateFieldManager,
} from '@flotilla/api';
import type { FieldValidation, WriteOptions } from '../registry/registry.js';
import { booleanParameter, type Exchange } from './exchange.js';

type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

const kinds: Readonly<Record<string, OptionsKind>> = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' };

/**
 * CreateOptions, UpdateOptions and PatchOptions from the query.
 * @param patchType the media type of a patch; absent for other writes
 * @throws StatusError Invalid, with everything that is wrong
 */
export function writeOptions(exchange: Exchange, patchType?: string): WriteOptions & { readonly force: boolean | undefined } {
  const { query } = exchange;
  const manager = query.get('fieldManager') ?? '';
  const force = booleanParameter(query, 'force');
  const validation = query.get('fieldValidation') ?? '';
  const dryRun = query.getAll('dryRun');
  const errors = [
    ...(patchType === applyPatchType && manager === '' ? [required('fieldManager', 'is required for apply patch')] : []),
    ...(patchType !== undefined && patchType !== applyPatchType && force !== undefined
      ? [forbidden('force', 'may not be specified for non-apply patch')]
      : []),
    ...validateFieldManager(manager, 'fieldManager'),
    ...dryRunProblems(dryRun),
    ...(isFieldValidation(validation) ? [] : [notSupported('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn'])]),
  ];
  if (errors.length > 0) {
    throw statusErrors.invalid({ group: 'meta.k8s.io', kind: kinds[exchange.info.verb] ?? 'UpdateOptions' }, '', errors);
  }
  return {
    dryRun: dryRun.includes('All'),
    fieldValidation: isFieldValidation(validation) && validation !== '' ? validation : 'Warn',
    fieldManager: manager === '' ? managerOfUserAgent(exchange.header('user-agent') ?? '') : manager,
    force,
  };
}

export function dryRunProblems(values: readonly unknown[]): readonly FieldError[] {
  return values.every((value) => value === 'All') ? [] : [notSupported('dryRun', values, ['All'])];
}

function isFieldValidation(value: string): value is FieldValidation | '' {
  return value === '' || value === 'Ignore' || value === 'Warn' || value === 'Strict';
}

/** As Kubernetes names a manager that did not name itself: the first part of its user agent. */
function managerOfUserAgent(userAgent: string): string {
  let name = '';
  for (const character of userAgent.split('/')[0] ?? '') {
    if (!isPrintable(character)) continue;
    if (Buffer.byteLength(name + character) > fieldManagerBytesMax) break;
    name += character;
  }
  return name;
}
