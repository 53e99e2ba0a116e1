import { StatusError } from '../errors/status-error.js';
import { pathsOf } from './field-set.js';
import type { Manager } from './managers.js';
import type { Conflict } from './ownership.js';
import { pathText } from './path-element.js';

/** The failure of an apply that would change fields of others, in the words that kubectl shows. */
export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const byManager = conflicts
    .map(({ manager, fields }) => ({ who: managerText(manager), paths: [...pathsOf(fields)].map(pathText) }))
    .sort((a, b) => (a.who < b.who ? -1 : 1));
  const causes = byManager.flatMap(({ who, paths }) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${who}`, field })),
  );
  return new StatusError(409, 'Conflict', messageOf(byManager, causes.length), { causes });
}

function messageOf(byManager: readonly { readonly who: string; readonly paths: readonly string[] }[], count: number): string {
  const [first] = byManager;
  if (count === 1 && first !== undefined) return `Apply failed with 1 conflict: conflict with ${first.who}: ${first.paths[0]}`;
  const lines = byManager.flatMap(({ who, paths }) => [`conflicts with ${who}:`, ...paths.map((path) => `- ${path}`)]);
  return `Apply failed with ${count} conflicts: ${lines.join('\n')}`;
}

function managerText({ name, operation, subresource, apiVersion }: Manager): string {
  const who = JSON.stringify(name) + (subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`);
  return operation === 'Update' ? `${who} using ${apiVersion}` : who;
}
