import { assert, type Logger } from '@flotilla/base';
import type { ApplyResult } from '@flotilla/mvcc';
import { type EventQueue, type KvOperation, RaftChecker, type TimedCommand, type WatchRecord } from '@flotilla/sim';

const tailLength = 120;

/** Everything that the checkers are given at the end, and the last events for whoever has to find out what went wrong. */
export class Recorder {
  readonly raft = new RaftChecker();
  readonly operations: KvOperation[] = [];
  readonly watches: WatchRecord[] = [];
  /** When the leadership last changed. */
  lastElectionMs = 0;
  /** Crashes, partitions and everything else that was done to the cluster, by name. */
  readonly faults = new Map<string, number>();
  readonly #queue: EventQueue;
  readonly #commands = new Map<number, TimedCommand & { readonly answer: string }>();
  readonly #tail: string[] = [];
  /** The first broken promise that was noticed on the way. */
  failure: unknown;

  constructor(queue: EventQueue) {
    this.#queue = queue;
  }

  /** In log order. */
  get commands(): readonly TimedCommand[] {
    return [...this.#commands.values()].sort((a, b) => a.index - b.index);
  }

  get tail(): readonly string[] {
    return this.#tail;
  }

  /** A state machine applied a command: the same one, with the same answer, as every other. */
  executed(member: string, index: number, command: Uint8Array, result: ApplyResult): void {
    const answer = summary(result);
    const known = this.#commands.get(index);
    if (known === undefined) {
      this.#commands.set(index, { index, command, atMs: this.#queue.nowMs, answer });
      return;
    }
    const same = Buffer.compare(known.command, command) === 0 && known.answer === answer;
    assert(same, `state machine equality: ${member} applied ${index} and answered ${answer}, another ${known.answer}`);
  }

  fault(name: string, detail = ''): void {
    this.faults.set(name, (this.faults.get(name) ?? 0) + 1);
    this.note('nemesis', `${name} ${detail}`);
  }

  note(who: string, what: string): void {
    this.#tail.push(`${(this.#queue.nowMs / 1_000).toFixed(4)} ${who}: ${what}`);
    if (this.#tail.length > tailLength) this.#tail.shift();
  }

  fail(error: unknown): void {
    this.failure ??= error;
  }

  /** A member's log goes to the tail. */
  logger(member: string): Logger {
    const write = (fields: object, message = '') => this.note(member, `${message} ${describeFields(fields)}`);
    const silent = () => {};
    const logger: Logger = { trace: silent, debug: silent, info: write, warn: write, error: write, child: () => logger };
    return logger;
  }
}

/** Enough to tell two states apart; what clients are told is checked in full elsewhere. */
function summary(result: ApplyResult): string {
  if ('error' in result) return result.error.code;
  const [answer] = Object.entries(result.response);
  return answer === undefined ? '' : `${answer[0]} ${answer[1].revision}`;
}

function describeFields(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value instanceof Error ? value.message : String(value)}`)
    .join(' ');
}
