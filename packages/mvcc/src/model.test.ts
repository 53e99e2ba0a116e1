import {
  type Compare,
  compareBytes,
  type KeyValue,
  type RangeRequest,
  type RangeResponse,
  type RequestOp,
  type TxnRequest,
} from './index.js';

type Snapshot = ReadonlyMap<string, KeyValue>;

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/**
 * The store as one would explain it: a whole copy of the map per revision. Slow and obviously right; the property
 * tests hold the real one against it. Leases, ignore flags and error cases are left to the golden scripts.
 */
export class NaiveModel {
  /** Index = revision. Revisions 0 and 1 are empty. */
  readonly snapshots: Snapshot[] = [new Map(), new Map()];

  get revision(): number {
    return this.snapshots.length - 1;
  }

  range(request: RangeRequest, snapshot = this.snapshots[request.revision || this.revision]!): Omit<RangeResponse, 'revision'> {
    const inRange = [...snapshot.values()].filter(({ key }) => covers(request, key));
    inRange.sort((a, b) => compareBytes(a.key, b.key));
    const kept = inRange.filter(
      ({ modRevision, createRevision }) =>
        modRevision >= (request.minModRevision ?? 0) &&
        modRevision <= (request.maxModRevision || Number.POSITIVE_INFINITY) &&
        createRevision >= (request.minCreateRevision ?? 0) &&
        createRevision <= (request.maxCreateRevision || Number.POSITIVE_INFINITY),
    );
    const { sortTarget = 'key', sortOrder = 'none' } = request;
    const field = { key: 'key', value: 'value', version: 'version', create: 'createRevision', mod: 'modRevision' } as const;
    const of = (kv: KeyValue) => kv[field[sortTarget]];
    const compare = (a: KeyValue, b: KeyValue) => {
      const [x, y] = [of(a), of(b)];
      return typeof x === 'number' ? x - (y as number) : compareBytes(x, y as Uint8Array);
    };
    const filtered = [request.minModRevision, request.maxModRevision, request.minCreateRevision, request.maxCreateRevision];
    const cut = sortOrder === 'none' && request.limit && !filtered.some(Boolean);
    if (cut) kept.splice(request.limit + 1); // etcd's way with a sort target that has no order
    kept.sort((a, b) => (sortOrder === 'descend' ? compare(b, a) : compare(a, b)));
    if (request.countOnly) return { kvs: [], more: false, count: inRange.length };
    const limit = request.limit || Number.POSITIVE_INFINITY;
    const kvs = kept.slice(0, limit).map((kv) => (request.keysOnly ? { ...kv, value: new Uint8Array(0) } : kv));
    return { kvs, more: kept.length > limit, count: inRange.length };
  }

  /** @returns what each operation came to, nested ones flattened */
  txn(request: TxnRequest): unknown[] {
    const before = this.snapshots[this.revision]!;
    const working = new Map(before);
    let changes = 0;
    const answers: unknown[] = [];
    const run = ({ compare, success, failure }: TxnRequest) => {
      const succeeded = compare.every((c) => this.#holds(c, before));
      answers.push(succeeded);
      for (const op of succeeded ? success : failure) changes += this.#run(op, working, answers, run);
    };
    run(request);
    if (changes > 0) this.snapshots.push(working);
    return answers;
  }

  #run(op: RequestOp, working: Map<string, KeyValue>, answers: unknown[], nested: (txn: TxnRequest) => void): number {
    const main = this.revision + 1;
    if ('txn' in op) {
      const size = answers.length;
      const before = JSON.stringify([...working.values()].map(plain));
      nested(op.txn);
      return answers.length > size && JSON.stringify([...working.values()].map(plain)) !== before ? 1 : 0;
    }
    if ('range' in op) {
      answers.push(this.range(op.range, op.range.revision ? undefined : working));
      return 0;
    }
    if ('put' in op) {
      const { key, value } = op.put;
      const old = working.get(text(key));
      const createRevision = old?.createRevision ?? main;
      working.set(text(key), { key, value, createRevision, modRevision: main, version: (old?.version ?? 0) + 1, lease: 0n });
      answers.push(old);
      return 1;
    }
    const victims = [...working.values()].filter(({ key }) => covers(op.deleteRange, key));
    for (const { key } of victims) working.delete(text(key));
    answers.push(victims.length);
    return victims.length;
  }

  #holds(compare: Compare, snapshot: Snapshot): boolean {
    const found = [...snapshot.values()].filter(({ key }) => covers(compare, key));
    const missing = { value: undefined, createRevision: 0, modRevision: 0, version: 0, lease: 0n };
    return (found.length > 0 ? found : [missing]).every((kv) => {
      const [[name, wanted]] = Object.entries(compare.target) as [[keyof typeof missing, number | bigint | Uint8Array]];
      const actual = kv[name];
      if (actual === undefined) return false;
      const order =
        wanted instanceof Uint8Array ? compareBytes(actual as unknown as Uint8Array, wanted) : Number(actual) - Number(wanted);
      return { equal: order === 0, not_equal: order !== 0, greater: order > 0, less: order < 0 }[compare.result];
    });
  }
}

export function covers(
  { key, rangeEnd }: { readonly key: Uint8Array; readonly rangeEnd?: Uint8Array },
  candidate: Uint8Array,
): boolean {
  if (rangeEnd === undefined || rangeEnd.length === 0) return compareBytes(key, candidate) === 0;
  if (compareBytes(candidate, key) < 0) return false;
  return (rangeEnd.length === 1 && rangeEnd[0] === 0) || compareBytes(candidate, rangeEnd) < 0;
}

/** Comparable as JSON. */
export function plain(kv: KeyValue): unknown {
  return [text(kv.key), text(kv.value), kv.createRevision, kv.modRevision, kv.version];
}
