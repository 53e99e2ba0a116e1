import type { Wire } from '../etcd/wire.js';

/** Fields of etcd's messages whose JSON name differs from their own; JSON may use either. */
const fieldNames = [
  'range_end sort_order sort_target keys_only count_only min_mod_revision max_mod_revision min_create_revision',
  'max_create_revision prev_kv ignore_value ignore_lease request_range request_put request_delete_range request_txn',
  'create_revision mod_revision create_request cancel_request progress_request start_revision progress_notify watch_id',
  'no_password',
].flatMap((line) => line.split(' '));

const byJsonName = new Map(fieldNames.map((name) => [name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()), name]));

/** Renames JSON's camelCase fields to etcd's own, all the way down. */
export function fromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [byJsonName.get(name) ?? name, fromJson(item)]));
}

/** Here '0' is a text, not a number that was not set. */
const textFields = new Set(['token', 'name', 'cancel_reason', 'peerURLs', 'clientURLs']);
const defaultEnums = new Set(['PUT', 'NONE', 'READ']);

/** protobuf's JSON form: fields at their default are left out, bytes are base64. */
export function toJson(message: Wire): string {
  return JSON.stringify(pruneMessage(message));
}

function pruneMessage(message: Wire): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(message)) {
    const pruned = pruneValue(value, textFields.has(name));
    if (pruned !== undefined) out[name] = pruned;
  }
  return out;
}

function pruneValue(value: unknown, text: boolean): unknown {
  if (Buffer.isBuffer(value)) return value.length === 0 ? undefined : value.toString('base64');
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => pruneItem(item));
  if (typeof value === 'object' && value !== null) return pruneMessage(value as Wire); // what is left are messages
  if (value === false || value === 0 || value === '') return undefined;
  if (!text && typeof value === 'string' && (value === '0' || defaultEnums.has(value))) return undefined;
  return value;
}

/** Items of a list are never left out. */
function pruneItem(item: unknown): unknown {
  if (Buffer.isBuffer(item)) return item.toString('base64');
  return typeof item === 'object' && item !== null ? pruneMessage(item as Wire) : item;
}
