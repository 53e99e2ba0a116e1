import { describeMessage } from './golden-member.test.js';
import type { Message, NodeId } from './index.js';

export interface DescribedMessage {
  readonly message: Message;
  /** With a snapshot: what the sender had applied. */
  readonly state: readonly string[];
}

/** Part of the golden tests: messages wait here until the script delivers or loses them. */
export class GoldenNetwork {
  #underWay: DescribedMessage[] = [];
  readonly #isolated = new Set<NodeId>();
  #quiet: readonly string[] = [];

  send(message: Message, state: readonly string[], tell: (line: string) => void): void {
    const lost = this.#isolated.has(message.from) || this.#isolated.has(message.to);
    if (!this.#quiet.includes(message.type)) tell(`${describeMessage(message)}${lost ? ' (lost)' : ''}`);
    if (!lost) this.#underWay.push({ message, state: [...state] });
  }

  take(accept: (message: DescribedMessage) => boolean): DescribedMessage[] {
    const taken = this.#underWay.filter(accept);
    this.#underWay = this.#underWay.filter((message) => !taken.includes(message));
    return taken;
  }

  isolate(id: NodeId): void {
    this.#isolated.add(id);
    this.#underWay = this.#underWay.filter(({ message }) => message.from !== id && message.to !== id);
  }

  heal(): void {
    this.#isolated.clear();
  }

  hush(types: readonly string[]): void {
    this.#quiet = types;
  }
}
