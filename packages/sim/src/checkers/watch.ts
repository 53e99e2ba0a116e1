import { binaryString, compareBytes, type KeyValue, type WatchEvent } from '@flotilla/mvcc';
import { canonical } from './canonical.js';
import { demand } from './demand.js';
import { covers, type KvModel } from './kv-model.js';

/** What one watcher saw, from first to last, over all the members that it was connected with. */
export interface WatchRecord {
  readonly client: string;
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
  readonly prevKv: boolean;
  readonly sessions: readonly WatchSessionRecord[];
}

/** One watch on one member. A session after the first goes on where the one before ended. */
export interface WatchSessionRecord {
  readonly member: string;
  /** The first revision that it is to deliver. */
  readonly startRevision: number;
  readonly responses: readonly WatchResponseRecord[];
}

/** No events: a progress mark, everything up to `revision` has been delivered. */
export interface WatchResponseRecord {
  readonly revision: number;
  readonly events: readonly WatchEvent[];
}

type Check = (model: KvModel, record: WatchRecord) => void;

/** etcd's guarantees for watches (its API guarantees page), one check each, the most telling first. */
const checks: readonly Check[] = [truthful, unique, atomic, ordered, resumable, bookmarkable, reliable];

/** @throws AssertionError that names the guarantee */
export function checkWatch(model: KvModel, record: WatchRecord): void {
  for (const check of checks) check(model, record);
}

/** At the end, when nothing has been wrong for long: the watcher has seen everything. */
export function checkWatchComplete(model: KvModel, record: WatchRecord): void {
  const last = record.sessions.at(-1);
  if (last !== undefined) everythingUpTo(model, record, last, model.revision, 'reliable (in the end)');
}

/** What is delivered has happened, and just so. */
function truthful(model: KvModel, record: WatchRecord): void {
  for (const event of eventsOf(record.sessions)) {
    const { modRevision } = event.kv;
    const happened = model.eventsAt(modRevision).find(({ kv }) => compareBytes(kv.key, event.kv.key) === 0);
    // What came before a compacted revision may be gone, and then it is not told.
    const withPrevious = record.prevKv && (event.prevKv !== undefined || modRevision > model.compactRevision);
    const same = happened !== undefined && sameEvent(event, happened, withPrevious);
    demand(same, () => `watch truthful: ${record.client} was told ${canonical(event)}; what happened is ${canonical(happened)}`);
  }
}

function sameEvent(a: WatchEvent, b: WatchEvent, withPrevious: boolean): boolean {
  // Of a delete only the key and the revision mean anything.
  if (a.type !== b.type || (a.type === 'put' && !sameKeyValue(a.kv, b.kv))) return false;
  if (!withPrevious) return true;
  if (a.prevKv === undefined || b.prevKv === undefined) return a.prevKv === b.prevKv;
  return sameKeyValue(a.prevKv, b.prevKv);
}

function sameKeyValue(a: KeyValue, b: KeyValue): boolean {
  const numbers = a.createRevision === b.createRevision && a.modRevision === b.modRevision && a.version === b.version;
  return numbers && a.lease === b.lease && compareBytes(a.value, b.value) === 0;
}

/** An event never appears twice. */
function unique(_model: KvModel, record: WatchRecord): void {
  const seen = new Set<string>();
  for (const { kv } of eventsOf(record.sessions)) {
    const name = `${binaryString(kv.key)}@${kv.modRevision}`;
    demand(!seen.has(name), () => `watch unique: ${record.client} was told twice of ${name}`);
    seen.add(name);
  }
}

/** All events of a revision come in one response. */
function atomic(model: KvModel, record: WatchRecord): void {
  for (const { events } of record.sessions.flatMap(({ responses }) => responses)) {
    for (const revision of new Set(events.map(({ kv }) => kv.modRevision))) {
      const delivered = events.filter(({ kv }) => kv.modRevision === revision).length;
      const { length } = matching(model, record, revision);
      const what = `${record.client} got ${delivered} of ${length} events of revision ${revision} at once`;
      demand(delivered === length, () => `watch atomic: ${what}`);
    }
  }
}

/** Events come in the order of revisions, and within one in the order of its changes. */
function ordered(model: KvModel, record: WatchRecord): void {
  let last = { revision: 0, place: -1 };
  for (const { kv } of eventsOf(record.sessions)) {
    const name = binaryString(kv.key);
    const place = model.eventsAt(kv.modRevision).findIndex((event) => binaryString(event.kv.key) === name);
    const after = kv.modRevision > last.revision || (kv.modRevision === last.revision && place > last.place);
    demand(after, () => `watch ordered: ${record.client} was told of ${name}@${kv.modRevision} after revision ${last.revision}`);
    last = { revision: kv.modRevision, place };
  }
}

/** A progress mark says truly that everything up to its revision has been delivered. */
function bookmarkable(model: KvModel, record: WatchRecord): void {
  for (const session of record.sessions) {
    for (const [i, { revision, events }] of session.responses.entries()) {
      if (events.length > 0) continue;
      const before = { ...session, responses: session.responses.slice(0, i) };
      everythingUpTo(model, record, before, revision, `bookmarkable (progress ${revision})`);
      const late = session.responses.slice(i).find((response) => response.events.some(({ kv }) => kv.modRevision <= revision));
      demand(late === undefined, () => `watch bookmarkable: ${record.client} got ${late?.revision} after progress ${revision}`);
    }
  }
}

/** A watch that goes on elsewhere begins with the very next event. */
function resumable(model: KvModel, record: WatchRecord): void {
  for (const session of record.sessions.slice(1)) {
    const [first] = eventsOf([session]);
    if (first === undefined) continue;
    for (let revision = session.startRevision; revision < first.kv.modRevision; revision++) {
      const { length } = matching(model, record, revision);
      const where = `${record.client} resumed at ${session.startRevision} on ${session.member}`;
      demand(length === 0, () => `watch resumable: ${where} and missed revision ${revision}`);
    }
  }
}

/** No gaps: what came last implies everything before. */
function reliable(model: KvModel, record: WatchRecord): void {
  for (const session of record.sessions) {
    const last = session.responses.findLast(({ events }) => events.length > 0);
    if (last !== undefined) everythingUpTo(model, record, session, last.revision, 'reliable');
  }
}

function everythingUpTo(model: KvModel, record: WatchRecord, session: WatchSessionRecord, upTo: number, guarantee: string): void {
  const delivered = new Set(eventsOf([session]).map(({ kv }) => kv.modRevision));
  for (let revision = session.startRevision; revision <= Math.min(upTo, model.revision); revision++) {
    if (delivered.has(revision)) continue;
    const { length } = matching(model, record, revision);
    demand(length === 0, () => `watch ${guarantee}: ${record.client} missed revision ${revision} on ${session.member}`);
  }
}

function matching(model: KvModel, record: WatchRecord, revision: number): readonly WatchEvent[] {
  return model.eventsAt(revision).filter(({ kv }) => covers(record, kv.key));
}

function eventsOf(sessions: readonly WatchSessionRecord[]): readonly WatchEvent[] {
  return sessions.flatMap(({ responses }) => responses.flatMap(({ events }) => events));
}
