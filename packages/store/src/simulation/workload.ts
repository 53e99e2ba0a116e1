import { pick, type Random, randomInt } from '@flotilla/base';
import {
  type Compare,
  encodeCommand,
  isStoreError,
  type KeyValue,
  type PlainCommand,
  type RangeRequest,
  type TxnRequest,
} from '@flotilla/mvcc';
import type { EventQueue, KvOperation, KvOutcome } from '@flotilla/sim';
import { DamagedValueError } from '../node/checked-value.js';
import { request } from './connection.js';
import type { Recorder } from './recorder.js';
import type { SimMember } from './sim-member.js';

export interface WorkloadOptions {
  readonly queue: EventQueue;
  readonly random: Random;
  readonly recorder: Recorder;
  /** Those that clients know of now. */
  readonly members: () => readonly SimMember[];
}

type Asked = { readonly command: PlainCommand } | { readonly range: RangeRequest } | { readonly read: TxnRequest };

const keyNames = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const everyKey = { key: bytes('a'), rangeEnd: bytes('g') };

/** Longest pause between two operations of a client, and the lives of its leases. */
const thinkMs = 60;
const leaseTtlSeconds = { from: 2, to: 4 } as const;

/** One client: one operation after the other, at this member or that; what it saw is written down. */
export class Client {
  readonly #options: WorkloadOptions;
  readonly #name: string;
  readonly #number: number;
  #serial = 0;
  #stopped = false;
  /** What it has seen of the store, to compare with, to read again and to compact. */
  #revision = 1;
  readonly #seen = new Map<string, KeyValue>();
  #leases: bigint[] = [];

  constructor(number: number, options: WorkloadOptions) {
    this.#number = number;
    this.#name = `client-${number}`;
    this.#options = options;
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
  }

  #next(): void {
    const { queue, random, members, recorder } = this.#options;
    queue.after(randomInt(random, 1, thinkMs), () => {
      if (this.#stopped) return;
      const member = pick(random, members());
      this.#ask(member, this.#choose()).then(
        () => this.#next(),
        (error: unknown) => recorder.fail(error),
      );
    });
  }

  async #ask(member: SimMember, asked: Asked): Promise<void> {
    const { queue, random, recorder } = this.#options;
    const calledMs = queue.nowMs;
    const outcome = await request(queue, random, member, async ({ service }): Promise<KvOutcome> => {
      if ('range' in asked) return { response: { range: await service.range(asked.range, {}) } };
      const response = await service.command('read' in asked ? { txn: asked.read } : asked.command, {});
      if (!('read' in asked)) return { response };
      if ('txn' in response) return { response: { read: response.txn } };
      throw new Error('a transaction is answered as one');
    }).catch((error: unknown): KvOutcome => {
      if (error instanceof DamagedValueError) return 'unknown'; // the member stops at this
      if (!isStoreError(error)) throw error;
      if (error.code === 'unknown-outcome') return 'unknown';
      return error.code === 'unavailable' || error.code === 'too-many-requests' ? 'refused' : { error: error.code };
    });
    this.#learn(asked, outcome);
    const returnedMs = outcome === 'unknown' ? Number.POSITIVE_INFINITY : queue.nowMs;
    const wanted = 'command' in asked ? { command: encodeCommand(asked.command) } : asked;
    const operation: KvOperation = { client: `${this.#name} at ${member.name}`, request: wanted, calledMs, returnedMs, outcome };
    recorder.operations.push(operation);
  }

  #learn(asked: Asked, outcome: KvOutcome): void {
    if (typeof outcome === 'string') return;
    if ('error' in outcome) {
      if (outcome.error === 'lease-not-found') this.#leases = [];
      return;
    }
    const { response } = outcome;
    const [answer] = Object.values(response);
    if (answer !== undefined) this.#revision = Math.max(this.#revision, answer.revision);
    if ('range' in response) for (const kv of response.range.kvs) this.#seen.set(text(kv.key), kv);
    if ('leaseGrant' in response) this.#leases.push(response.leaseGrant.id);
    if ('command' in asked && 'leaseRevoke' in asked.command) {
      const { id } = asked.command.leaseRevoke;
      this.#leases = this.#leases.filter((lease) => lease !== id);
    }
  }

  #choose(): Asked {
    const { random } = this.#options;
    const roll = random.next();
    if (roll < 0.22) return { command: { put: this.#put() } };
    if (roll < 0.3) return { command: this.#delete() };
    if (roll < 0.48) return { command: { txn: this.#txn() } };
    if (roll < 0.74) return { range: this.#range() };
    if (roll < 0.8)
      return { read: { compare: [this.#compare()], success: [{ range: everyKey }], failure: [{ range: everyKey }] } };
    if (roll < 0.84) return { command: { compact: { revision: Math.max(1, this.#revision - randomInt(random, 0, 40)) } } };
    return { command: this.#lease() };
  }

  /** Unique, so that the history tells which operation did what. */
  #unique(): string {
    return `${this.#number}.${++this.#serial}`;
  }

  #key(): Uint8Array {
    return bytes(pick(this.#options.random, keyNames));
  }

  #put() {
    const { random } = this.#options;
    const [lease] = this.#leases;
    const attached = lease !== undefined && random.next() < 0.4 ? { lease } : {};
    return { key: this.#key(), value: bytes(this.#unique()), prevKv: random.next() < 0.5, ...attached };
  }

  /** Of one key or several; the end is the last key and a unique tail, which no key has. */
  #delete(): PlainCommand {
    const { random } = this.#options;
    const from = randomInt(random, 0, keyNames.length);
    const to = random.next() < 0.7 ? from : Math.min(from + 2, keyNames.length - 1);
    const rangeEnd = bytes(`${keyNames[to]}\0${this.#unique()}`);
    return { deleteRange: { key: bytes(keyNames[from] ?? 'a'), rangeEnd, prevKv: random.next() < 0.5 } };
  }

  #txn(): TxnRequest {
    const { random } = this.#options;
    const compare = Array.from({ length: randomInt(random, 1, 4) }, () => this.#compare());
    const [first, second] = keyNames.map(bytes).sort(() => random.next() - 0.5);
    const put = (key: Uint8Array | undefined) => ({ put: { key: key ?? bytes('a'), value: bytes(this.#unique()) } });
    return {
      compare,
      success: [put(first), put(second), { range: everyKey }],
      failure: random.next() < 0.5 ? [put(first)] : [{ range: everyKey }, { deleteRange: { key: bytes('c'), prevKv: true } }],
    };
  }

  #compare(): Compare {
    const { random } = this.#options;
    const key = this.#key();
    const seen = this.#seen.get(text(key));
    const roll = random.next();
    if (roll < 0.2) return { key, result: 'greater', target: { version: 0 } };
    if (roll < 0.4) return { key, result: 'less', target: { createRevision: this.#revision } };
    if (roll < 0.6) return { ...everyKey, result: 'less', target: { modRevision: this.#revision } };
    if (roll < 0.8 && seen !== undefined) return { key, result: 'equal', target: { value: seen.value } };
    return { key, result: 'equal', target: { modRevision: seen?.modRevision ?? 0 } };
  }

  #range(): RangeRequest {
    const { random } = this.#options;
    const span = random.next() < 0.5 ? { key: this.#key() } : everyKey;
    const serializable = random.next() < 0.25;
    if (random.next() < 0.2) return { ...span, serializable, revision: Math.max(1, this.#revision - randomInt(random, 0, 20)) };
    return random.next() < 0.2 ? { ...span, serializable, limit: 2 } : { ...span, serializable };
  }

  #lease(): PlainCommand {
    const { random } = this.#options;
    const [first] = this.#leases;
    if (first === undefined || (this.#leases.length < 3 && random.next() < 0.3)) {
      const id = BigInt(this.#number) * 1_000_000n + BigInt(++this.#serial);
      return { leaseGrant: { id, ttlSeconds: randomInt(random, leaseTtlSeconds.from, leaseTtlSeconds.to) } };
    }
    const id = pick(random, this.#leases);
    return random.next() < 0.85 ? { leaseKeepAlive: { id } } : { leaseRevoke: { id } };
  }
}

export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

function text(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1');
}
