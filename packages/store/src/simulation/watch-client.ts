import { type Cancel, pick, randomInt } from '@flotilla/base';
import type { KeyValue, WatchEvent } from '@flotilla/mvcc';
import type { WatchResponseRecord, WatchSessionRecord } from '@flotilla/sim';
import { oneByOne, type StreamSession } from '../server/etcd/call.js';
import { watch } from '../server/etcd/watch-session.js';
import { bytesField, countField, idField, messageField, rawListField, type Wire } from '../server/etcd/wire.js';
import type { SimMember } from './sim-member.js';
import { bytes, type WorkloadOptions } from './workload.js';

interface OpenSession extends WatchSessionRecord {
  startRevision: number;
  readonly responses: WatchResponseRecord[];
}

/** One of the two watches of a stream, across all members that it was on. */
interface Watch {
  readonly record: {
    readonly client: string;
    readonly key: Uint8Array;
    readonly rangeEnd: Uint8Array;
    readonly prevKv: boolean;
    readonly sessions: OpenSession[];
  };
  /** 0: from now on. */
  next: number;
  open: boolean;
}

interface Stream {
  readonly member: SimMember;
  readonly session: StreamSession;
  readonly forget: Cancel;
  /** When the last message arrives at the client: messages do not overtake one another. */
  arrivesMs: number;
}

/** A client with two watches on one stream of etcd's face. It changes members, asks for progress, and reads slowly at times. */
export class WatchClient {
  readonly #options: WorkloadOptions;
  readonly #watches: ReadonlyMap<bigint, Watch>;
  #stream: Stream | undefined;
  #settled = false;
  #stopped = false;

  constructor(number: number, options: WorkloadOptions) {
    this.#options = options;
    const newWatch = (name: string, from: string, to: string, prevKv: boolean): Watch => ({
      record: { client: `watcher-${number}${name}`, key: bytes(from), rangeEnd: bytes(to), prevKv, sessions: [] },
      next: 0,
      open: false,
    });
    this.#watches = new Map([
      [1n, newWatch('a', 'a', 'd', number % 2 === 0)],
      [2n, newWatch('b', 'b', 'g', number % 2 === 1)],
    ]);
    for (const { record } of this.#watches.values()) options.recorder.watches.push(record);
    this.#connect();
    this.#ask();
  }

  /** Stays where it is from now on; the connection, when it breaks, is made anew. */
  settle(): void {
    this.#settled = true;
  }

  /** Asks for nothing more; what is on its way still arrives. */
  stop(): void {
    this.#stopped = true;
  }

  #connect(): void {
    const { queue, random, members } = this.#options;
    const member = pick(random, members());
    queue.after(randomInt(random, 1, 100), () => {
      const { life, host } = member;
      if (life === undefined || host.paused) {
        this.#connect();
        return;
      }
      this.#open(member, life.service);
      if (!this.#settled) queue.after(randomInt(random, 500, 4_000), () => this.#move());
    });
  }

  #open(member: SimMember, service: Parameters<typeof watch>[0]['service']): void {
    const send = (message: Wire) => this.#send(member, message);
    const sink = {
      send,
      sendEach: oneByOne(send),
      end() {},
      fail: (error: unknown) => this.#options.recorder.fail(error),
    };
    const session = watch({ service, caller: {} }, sink, member.host.clock);
    const forget = member.onDeath(() => this.#reconnect());
    this.#stream = { member, session, forget, arrivesMs: 0 };
    for (const [id, { record, next }] of this.#watches) {
      record.sessions.push({ member: member.name, startRevision: next, responses: [] });
      const { key, rangeEnd, prevKv } = record;
      const span = { key, range_end: rangeEnd, start_revision: String(next) };
      const create = { watch_id: String(id), ...span, prev_kv: prevKv, progress_notify: !prevKv };
      session.request({ create_request: create });
    }
  }

  /** To another member, from where each watch was. */
  #move(): void {
    if (this.#settled || this.#stream === undefined) return;
    this.#stream.session.close();
    this.#reconnect();
  }

  #reconnect(): void {
    this.#stream?.forget();
    this.#stream = undefined;
    for (const each of this.#watches.values()) each.open = false;
    this.#connect();
  }

  /** @returns false now and then: the client reads slowly */
  #send(member: SimMember, message: Wire): boolean {
    const { queue, random } = this.#options;
    // The very first message leaves before the stream is known.
    queue.after(0, () => this.#travel(member, message));
    if (random.next() < 0.9) return true;
    queue.after(
      randomInt(random, 5, 200),
      member.host.guard(() => {
        if (this.#stream?.member === member) this.#stream.session.drained();
      }),
    );
    return false;
  }

  #travel(member: SimMember, message: Wire): void {
    const { queue, random } = this.#options;
    const stream = this.#stream;
    if (stream === undefined || stream.member !== member) return;
    stream.arrivesMs = Math.max(stream.arrivesMs, queue.nowMs + randomInt(random, 1, 20) / 10);
    queue.after(stream.arrivesMs - queue.nowMs, () => {
      if (this.#stream === stream) this.#receive(message);
    });
  }

  #receive(message: Wire): void {
    const id = idField(message, 'watch_id');
    const header = messageField(message, 'header') ?? {};
    const revision = countField(header, 'revision');
    const events = rawListField(message, 'events').map((event) => watchEvent(event as Wire)); // of WatchSession's making
    for (const [watchId, each] of this.#watches) {
      const session = each.record.sessions.at(-1);
      if ((id !== watchId && id !== -1n) || session === undefined) continue;
      if (message['created'] === true) {
        each.open = true;
        if (each.next === 0) session.startRevision = revision + 1;
        each.next = session.startRevision;
      } else if (message['canceled'] === true) this.#cancelled(each, countField(message, 'compact_revision'));
      else if (each.open) {
        session.responses.push({ revision, events });
        each.next = Math.max(each.next, revision + 1);
      }
    }
  }

  /** What it needs next is gone: it begins anew with what is left. */
  #cancelled(watch: Watch, compactRevision: number): void {
    const { recorder } = this.#options;
    if (compactRevision <= watch.next) {
      // A bookmark promises that what is before it has been told: a watch that had one cannot lack that.
      const bookmarked = watch.record.sessions.at(-1)?.responses.at(-1)?.events.length === 0;
      const broken = bookmarked ? 'watch bookmarkable' : 'watch';
      recorder.fail(new Error(`${broken}: cancelled at ${watch.next}, though only ${compactRevision} was compacted`));
    }
    watch.next = compactRevision;
    watch.open = false;
    this.#stream?.session.close();
    this.#reconnect();
  }

  #ask(): void {
    const { queue, random } = this.#options;
    queue.after(randomInt(random, 20, 300), () => {
      if (this.#stopped) return;
      const stream = this.#stream;
      stream?.member.host.guard(() => {
        if (this.#stream === stream) stream.session.request({ progress_request: {} });
      })();
      this.#ask();
    });
  }
}

function watchEvent(event: Wire): WatchEvent {
  const type = event['type'] === 'PUT' ? 'put' : 'delete';
  const kv = keyValue(messageField(event, 'kv') ?? {});
  const previous = messageField(event, 'prev_kv');
  return previous === undefined ? { type, kv } : { type, kv, prevKv: keyValue(previous) };
}

function keyValue(message: Wire): KeyValue {
  return {
    key: bytesField(message, 'key').slice(),
    value: bytesField(message, 'value').slice(),
    createRevision: countField(message, 'create_revision'),
    modRevision: countField(message, 'mod_revision'),
    version: countField(message, 'version'),
    lease: idField(message, 'lease'),
  };
}
