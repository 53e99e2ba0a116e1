import { isRecord, setMember } from '../json.js';
import { type ApplySchema, type ListSchema, type MapSchema, memberSchema, resolved } from './apply-schema.js';
import { byElement } from './compare.js';
import { itemElement } from './path-element.js';

/**
 * The live object with the applied configuration in it: what the configuration has wins, all else stays.
 * @returns parts of both, neither of which is changed
 * @throws ElementError where items of a list cannot be told apart
 */
export function mergeApplied(schema: ApplySchema, live: unknown, config: unknown): unknown {
  if (config === undefined) return live;
  if (live === undefined || live === null) return config;
  const type = resolved(schema, config);
  if (type.kind === 'map' && !type.atomic && isRecord(live) && isRecord(config)) return mergeMaps(type, live, config);
  if (type.kind === 'list' && type.listType !== 'atomic' && Array.isArray(live) && Array.isArray(config)) {
    return mergeLists(type, live, config);
  }
  return config;
}

function mergeMaps(type: MapSchema, live: Record<string, unknown>, config: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(live)) setMember(result, name, value);
  for (const [name, value] of Object.entries(config)) {
    const before = Object.hasOwn(live, name) ? live[name] : undefined;
    setMember(result, name, mergeApplied(memberSchema(type, name), before, value));
  }
  return result;
}

/** In the order of the configuration; items that are in the live list alone stay before the shared item that followed them. */
function mergeLists(type: ListSchema, live: readonly unknown[], config: readonly unknown[]): unknown[] {
  const liveItems = byElement(type, live);
  const configItems = byElement(type, config);
  const order = live.map((item) => itemElement(type, item));
  const shared = [...configItems.keys()].filter((element) => liveItems.has(element));
  const result: unknown[] = [];
  let at = 0;
  let nextShared = 0;
  for (const [element, [item]] of configItems) {
    for (; at < order.length && order[at] !== shared[nextShared]; at++) takeLive();
    result.push(mergeApplied(type.items, liveItems.get(element)?.[0], item));
    if (order[at] === element) at += 1;
    if (shared[nextShared] === element) nextShared += 1;
  }
  for (; at < order.length; at++) takeLive();
  return result;

  function takeLive(): void {
    if (!configItems.has(order[at] ?? '')) result.push(live[at]);
  }
}
