import type { Logger } from '@flotilla/base';
import { formatId, parseId } from './ids.js';
import type { MemberStorage } from './member-storage.js';

interface Published {
  readonly id: string;
  readonly name: string;
  readonly clientUrls: readonly string[];
}

export interface Attributes {
  readonly name: string;
  readonly clientUrls: readonly string[];
}

/** A member's name and client URLs, which it tells the others through the log when they do not know them. */
export class AttributePublisher {
  readonly #id: bigint;
  readonly #own: Attributes;
  readonly #storage: MemberStorage;
  readonly #propose: (payload: Uint8Array) => Promise<unknown>;
  readonly #log: Logger;
  #underWay = false;

  constructor(
    member: { readonly id: bigint } & Attributes,
    storage: MemberStorage,
    propose: (payload: Uint8Array) => Promise<unknown>,
    log: Logger,
  ) {
    this.#id = member.id;
    this.#own = { name: member.name, clientUrls: member.clientUrls };
    this.#storage = storage;
    this.#propose = propose;
    this.#log = log;
  }

  /** To be called whenever there is a leader. */
  publish(): void {
    const { name, clientUrls } = this.#own;
    const known = this.#storage.membership.get(this.#id);
    if (this.#underWay || (known?.name === name && known.clientUrls.join() === clientUrls.join())) return;
    this.#underWay = true;
    const published: Published = { id: formatId(this.#id), name, clientUrls };
    this.#propose(Buffer.from(JSON.stringify(published)))
      .catch((error: unknown) => this.#log.debug({ err: error }, 'attributes not published yet'))
      .finally(() => {
        this.#underWay = false;
      });
  }

  /** What some member published was committed. */
  apply(payload: Uint8Array): void {
    const { id, name, clientUrls } = JSON.parse(Buffer.from(payload).toString()) as Published; // made by `publish`
    this.#storage.membership.published(parseId(id), name, clientUrls);
    this.#storage.membershipChanged = true;
  }
}
