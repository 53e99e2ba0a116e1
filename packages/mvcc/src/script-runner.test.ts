import { describeAuth, parseAuth } from './auth/auth-script.test.js';
import {
  type Alarm,
  type AlarmType,
  binaryBytes,
  binaryString,
  type Command,
  type Compare,
  type CompareResult,
  encodeCommand,
  type KeyValue,
  MemoryBackend,
  MvccStore,
  type PlainCommand,
  prefixEnd,
  type RangeRequest,
  type RangeResponse,
  type RequestOp,
  type ResponseOp,
  StoreError,
  type Watcher,
  type WatchRequest,
  type WatchResponse,
} from './index.js';

interface ScriptWatch {
  readonly watcher: Watcher;
  readonly log: string[];
  /** Responses it takes before it asks for a pause. */
  room: number;
}

/** Runs the commands of a golden script against one store and says in words what came of each. */
export class ScriptRunner {
  readonly #deferred: (() => void)[] = [];
  readonly #backend = new MemoryBackend();
  readonly #watches = new Map<string, ScriptWatch>();
  #store = MvccStore.empty(this.#backend, { defer: (work) => this.#deferred.push(work) });
  #index = 0;

  async run(line: string): Promise<string> {
    const [name = '', ...words] = line.trim().split(/\s+/);
    try {
      const output = await this.#command(name, words);
      return output === '' ? 'ok\n' : output;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const compacted = error.compactRevision === undefined ? '' : ` (oldest readable: ${error.compactRevision})`;
      return `error: ${error.message}${compacted}\n`;
    }
  }

  async #command(name: string, words: string[]): Promise<string> {
    switch (name) {
      case 'get':
        return describeRange(this.#store.range(parseRange(words)));
      case 'leases':
        return this.#store
          .leases()
          .map(({ id, ttlSeconds, remainingSeconds, keys }) => {
            const left = remainingSeconds === 0 ? '' : `, ${remainingSeconds} s left`;
            return `${id}: ${ttlSeconds} s${left}, keys [${[...keys].sort().join(' ')}]\n`;
          })
          .join('');
      case 'users-and-roles':
        return describeAuth(this.#store.auth);
      case 'as':
        return this.#applyAs(words);
      case 'alarm':
        return this.#alarm(words);
      case 'stored':
        return `${this.#backend.size} backend entries\n`;
      case 'reopen':
        this.#store = await MvccStore.open(this.#backend, { defer: (work) => this.#deferred.push(work) });
        return `revision ${this.#store.revision}, applied index ${this.#store.appliedIndex}\n`;
      case 'watch':
      case 'events':
      case 'progress':
      case 'room':
      case 'cancel':
        return this.#watchCommand(name, words);
      default:
        return this.#apply(toCommand(name, words));
    }
  }

  /** `as alice put a 1`; `as alice@5 …` as if the user had been looked up at auth revision 5 */
  #applyAs([who = '', name = '', ...words]: string[]): string {
    const [user = '', authRevision = this.#store.auth.revision] = who.split('@');
    if (name === 'get') {
      const request = parseRange(words);
      this.#store.checkAccess(user, { range: request });
      return describeRange(this.#store.range(request));
    }
    const command = toCommand(name, words);
    return this.#apply({ authorized: { user, authRevision: Number(authRevision), command } });
  }

  /** `alarm`, `alarm raise no-space 7`, `alarm disarm corrupt 0` */
  #alarm([verb, type, memberId]: string[]): string {
    if (verb === undefined) return `${describeAlarms(this.#store.alarms())}\n`;
    const action = verb === 'raise' ? 'activate' : 'deactivate';
    return this.#apply({ alarm: { action, memberId: BigInt(memberId!), type: type as AlarmType } });
  }

  #watchCommand(name: string, [id = '', ...words]: string[]): string {
    if (name === 'watch') {
      this.#watch(id, parseWatch(words));
      return '';
    }
    const watch = this.#watches.get(id)!;
    if (name === 'progress') watch.watcher.requestProgress();
    else if (name === 'cancel') watch.watcher.cancel();
    else if (name === 'room') {
      watch.room = Number(words[0]);
      watch.watcher.resume();
    }
    if (name !== 'events') return '';
    for (let work = this.#deferred.shift(); work !== undefined; work = this.#deferred.shift()) work();
    return watch.log.splice(0).join('') || 'nothing\n';
  }

  #watch(id: string, request: WatchRequest): void {
    const log: string[] = [];
    const watcher = this.#store.watch(request, {
      deliver: (response) => {
        log.push(describeEvents(response));
        watch.room--;
        return watch.room > 0;
      },
      cancelled: (error) => log.push(`cancelled: ${error.message} (oldest readable: ${error.compactRevision})\n`),
    });
    const watch: ScriptWatch = { watcher, log, room: Number.POSITIVE_INFINITY };
    this.#watches.set(id, watch);
  }

  #apply(command: Command): string {
    const result = this.#store.apply(++this.#index, encodeCommand(command));
    if ('error' in result) throw result.error;
    const { response } = result;
    if ('compact' in response) return `revision ${response.compact.revision}\n`;
    if ('leaseGrant' in response) return `ttl ${response.leaseGrant.ttlSeconds} s\n`;
    if ('leaseKeepAlive' in response) return `ttl ${response.leaseKeepAlive.ttlSeconds} s\n`;
    if ('leaseRevoke' in response) return `revision ${response.leaseRevoke.revision}\n`;
    if ('auth' in response) return response.auth.token === undefined ? '' : `token ${response.auth.token}\n`;
    if ('alarm' in response) return `${describeAlarms(response.alarm.alarms)}\n`;
    if ('leaseExpire' in response) return `revision ${response.leaseExpire.revision}\n`;
    if ('leaseCheckpoint' in response) return 'ok\n';
    return describeOp(response);
  }
}

const bytes = (text: string) => binaryBytes(text);

function options(words: readonly string[]): Map<string, string> {
  return new Map(
    words.map((word) => {
      const [name = '', value = ''] = word.split('=', 2);
      return [name, value];
    }),
  );
}

/** `key`, `prefix*`, `from..` or `from..end` */
export function parseSpan(word: string): { key: Uint8Array; rangeEnd?: Uint8Array } {
  if (word.endsWith('*')) {
    const prefix = bytes(word.slice(0, -1));
    return prefix.length === 0
      ? { key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) }
      : { key: prefix, rangeEnd: prefixEnd(prefix) };
  }
  const [from = '', end] = word.split('..');
  if (end === undefined) return { key: bytes(from) };
  return { key: bytes(from), rangeEnd: end === '' ? Uint8Array.of(0) : bytes(end) };
}

function parseRange([span = '', ...words]: readonly string[]): RangeRequest {
  const set = options(words);
  const number = (name: string) => Number(set.get(name) ?? 0);
  const [sortTarget, sortOrder] = (set.get('sort') ?? 'key:none').split(':') as [never, never];
  return {
    ...parseSpan(span === "''" ? '' : span),
    revision: number('rev'),
    limit: number('limit'),
    keysOnly: set.has('keys-only'),
    countOnly: set.has('count-only'),
    sortTarget,
    sortOrder,
    minModRevision: number('min-mod'),
    maxModRevision: number('max-mod'),
    minCreateRevision: number('min-create'),
    maxCreateRevision: number('max-create'),
  };
}

function parseOp([name, ...words]: readonly string[]): RequestOp {
  if (name === 'get') return { range: parseRange(words) };
  if (name === 'del') return { deleteRange: { ...parseSpan(words[0]!), prevKv: words.includes('prev') } };
  if (name !== 'put') throw new Error(`no such command: ${name}`);
  const [key = '', ...rest] = words;
  const set = options(rest);
  const value = rest.find((word) => !/^(lease=|prev$|ignore-)/.test(word)) ?? '';
  return {
    put: {
      key: bytes(key === "''" ? '' : key),
      value: bytes(value),
      lease: BigInt(set.get('lease') ?? 0),
      prevKv: set.has('prev'),
      ignoreValue: set.has('ignore-value'),
      ignoreLease: set.has('ignore-lease'),
    },
  };
}

function toCommand(name: string, words: readonly string[]): PlainCommand {
  const [first = '', second] = words;
  switch (name) {
    case 'grant':
      return { leaseGrant: { id: BigInt(first), ttlSeconds: Number(second) } };
    case 'revoke':
      return { leaseRevoke: { id: BigInt(first) } };
    case 'keep-alive':
      return { leaseKeepAlive: { id: BigInt(first) } };
    case 'expire':
      return { leaseExpire: { id: BigInt(first), renewals: Number(second) } };
    case 'checkpoint': {
      const [id = 0n, remaining, renewals] = words.map(BigInt);
      return { leaseCheckpoint: { checkpoints: [{ id, remainingSeconds: Number(remaining), renewals: Number(renewals) }] } };
    }
    case 'compact':
      return { compact: { revision: Number(first) } };
    case 'txn':
      return { txn: parseTxn(words.join(' ')) };
    case 'auth':
    case 'user':
    case 'role':
      return { auth: parseAuth([name, ...words]) };
    default: {
      const op = parseOp([name, ...words]);
      if ('range' in op) throw new Error('a read is no command');
      return op;
    }
  }
}

/** `if version(a) = 0, value(b) != x then put a 1; get b else del c` */
function parseTxn(text: string) {
  const [, compares = '', success = '', failure = ''] = /^(?:if (.*?) )?then(?: (.*?))?(?: ?else ?(.*))?$/.exec(text)!;
  const ops = (branch: string) =>
    branch
      .split(';')
      .filter((op) => op.trim() !== '')
      .map((op) => parseOp(op.trim().split(/\s+/)));
  return { compare: compares === '' ? [] : compares.split(', ').map(parseCompare), success: ops(success), failure: ops(failure) };
}

const results: Record<string, CompareResult> = { '=': 'equal', '!=': 'not_equal', '<': 'less', '>': 'greater' };

function parseCompare(text: string): Compare {
  const [, target = '', span = '', operator = '', value = ''] = /^(\w+)\((.*)\) (\S+) (\S*)$/.exec(text)!;
  const targets: Record<string, Compare['target']> = {
    version: { version: Number(value) },
    create: { createRevision: Number(value) },
    mod: { modRevision: Number(value) },
    value: { value: bytes(value) },
    lease: { lease: target === 'lease' ? BigInt(value) : 0n },
  };
  return { ...parseSpan(span), result: results[operator]!, target: targets[target]! };
}

function parseWatch([span = '', ...words]: readonly string[]): WatchRequest {
  const set = options(words);
  const filters = (['noput', 'nodelete'] as const).filter((filter) => set.has(filter));
  return { ...parseSpan(span), startRevision: Number(set.get('from') ?? 0), prevKv: set.has('prev'), filters };
}

export function describeKeyValue(kv: KeyValue): string {
  const lease = kv.lease === 0n ? '' : ` lease=${kv.lease}`;
  return `${binaryString(kv.key)}=${binaryString(kv.value)} (create ${kv.createRevision}, mod ${kv.modRevision}, version ${kv.version}${lease})`;
}

function describeRange(response: RangeResponse): string {
  const lines = response.kvs.map((kv) => `${describeKeyValue(kv)}\n`).join('');
  return `${lines}count ${response.count}${response.more ? ', more' : ''}, revision ${response.revision}\n`;
}

function describeOp(op: ResponseOp): string {
  if ('range' in op) return describeRange(op.range);
  if ('put' in op) {
    const previous = op.put.prevKv === undefined ? '' : `, was ${describeKeyValue(op.put.prevKv)}`;
    return `revision ${op.put.revision}${previous}\n`;
  }
  if ('deleteRange' in op) {
    const previous = op.deleteRange.prevKvs.map((kv) => `was ${describeKeyValue(kv)}\n`).join('');
    return `deleted ${op.deleteRange.deleted}, revision ${op.deleteRange.revision}\n${previous}`;
  }
  const answers = op.txn.responses.map((response) => describeOp(response).replace(/^/gm, '  ').trimEnd());
  const head = `${op.txn.succeeded ? 'then' : 'else'}, revision ${op.txn.revision}`;
  return `${[head, ...answers].join('\n')}\n`;
}

function describeAlarms(alarms: readonly Alarm[]): string {
  return alarms.length === 0 ? 'none' : alarms.map(({ type, memberId }) => `${type} of ${memberId}`).join(', ');
}

function describeEvents({ revision, events }: WatchResponse): string {
  if (events.length === 0) return `up to revision ${revision}\n`;
  const lines = events.map(({ type, kv, prevKv }) => {
    const previous = prevKv === undefined ? '' : `, was ${describeKeyValue(prevKv)}`;
    return `  ${type} ${type === 'put' ? describeKeyValue(kv) : binaryString(kv.key)}${previous}\n`;
  });
  return `revision ${revision}\n${lines.join('')}`;
}
