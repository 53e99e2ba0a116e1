import { binaryString, type KeySpan, keySpan, type StoreError, type WatchRequest } from '@flotilla/mvcc';
import { indexedChanges, indexMarginRevisions } from '../limits.js';
import { RevisionIndex } from './revision-index.js';
import type { WatchCall, WatchCallEvents } from './watch-call.js';

type IndexCall = Pick<WatchCall, 'acknowledge' | 'cancel'>;

/** What the proof needs of the connection. */
export interface ProgressLink {
  openWatch(request: WatchRequest, events: WatchCallEvents): IndexCall;
  /** The member's present revision. */
  revision(): Promise<number>;
  /** The watch has seen everything up to `revision`. */
  tell(id: number, revision: number): void;
  /** How far the watch has come can no longer be found out. */
  end(id: number, error: StoreError): void;
  broke(reason: string): void;
}

interface Watched {
  readonly span: KeySpan;
  /** First revision not seen yet. */
  next: number;
  /** Asked for: to be told when it has come this far. Infinity: the member's revision is not known yet. */
  target: number | undefined;
}

/** Every change there is: none of their values matters, but etcd has no watch of keys alone. */
const everything = { key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) };

/**
 * How far watches have come, for an etcd whose own answers run ahead of the events (etcd issue 15220, mended in 3.4.31
 * and 3.5.13). A watch of everything tells which keys each revision changed. Every revision changes some key, so that
 * watch always knows how far it has come; and another watch has come as far as soon as it has delivered the last change
 * of its own keys up to there.
 */
export class ProvenProgress {
  readonly #link: ProgressLink;
  readonly #watches = new Map<number, Watched>();
  #index: RevisionIndex | undefined;
  #call: IndexCall | undefined;
  #asking = false;

  constructor(link: ProgressLink) {
    this.#link = link;
  }

  created(id: number, request: WatchRequest, revision: number): void {
    const start = request.startRevision ?? 0;
    const next = start > 0 ? start : revision + 1;
    this.#watches.set(id, { span: keySpan(request.key, request.rangeEnd), next, target: undefined });
    this.#cover(next);
  }

  delivered(id: number, revision: number): void {
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    watch.next = Math.max(watch.next, revision + 1);
    this.#check(id, watch);
  }

  request(id: number): void {
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    watch.target ??= Number.POSITIVE_INFINITY;
    this.#cover(watch.next);
    this.#ask();
  }

  forget(id: number): void {
    this.#watches.delete(id);
  }

  close(): void {
    this.#call?.cancel();
    this.#watches.clear();
  }

  /** Makes the index reach back to `next`. */
  #cover(next: number): void {
    if (this.#index === undefined || next < this.#index.from) this.#start(Math.max(1, next - indexMarginRevisions));
  }

  #start(from: number): void {
    this.#call?.cancel();
    const index = new RevisionIndex(from, indexedChanges);
    this.#index = index;
    const call = this.#link.openWatch(
      { ...everything, startRevision: from },
      {
        created() {},
        response: ({ revision, events }, bytes) => {
          const full = index.add(
            revision,
            events.map(({ kv }) => binaryString(kv.key)),
          );
          call.acknowledge(bytes);
          this.#advanced(full);
        },
        ended: (error) => this.#restart(error),
        broke: (reason) => this.#link.broke(reason),
      },
    );
    this.#call = call;
  }

  /** History before some revision was compacted; which watches have seen it cannot be told. */
  #restart(error: StoreError): void {
    const from = error.compactRevision;
    if (from === undefined) return; // not allowed to read every key: nothing can be proven, and nothing is told
    for (const [id, { next }] of [...this.#watches]) if (next < from) this.#link.end(id, error);
    this.#start(from);
  }

  #advanced(full: boolean): void {
    for (const [id, watch] of this.#watches) this.#check(id, watch);
    if (!full || this.#index === undefined) return;
    // Quiet watches are brought up to date before what proves it is forgotten.
    for (const [id, watch] of this.#watches) if (watch.target === undefined) this.#tellIfSeen(id, watch, this.#index.position);
    this.#index.drop();
  }

  #check(id: number, watch: Watched): void {
    if (watch.target !== undefined) this.#tellIfSeen(id, watch, watch.target);
  }

  #tellIfSeen(id: number, watch: Watched, target: number): void {
    const index = this.#index;
    if (index === undefined || index.position < target || index.from > watch.next) return;
    if (index.changed(watch.span, watch.next, target)) return;
    const revision = Math.max(target, watch.next - 1);
    watch.next = revision + 1;
    watch.target = undefined;
    this.#link.tell(id, revision);
  }

  /** One question for all watches that ask meanwhile. */
  #ask(): void {
    if (this.#asking) return;
    this.#asking = true;
    const asked = [...this.#watches].filter(([, { target }]) => target === Number.POSITIVE_INFINITY);
    this.#link.revision().then(
      (revision) => {
        this.#asking = false;
        for (const [id, watch] of asked) {
          watch.target = revision;
          this.#check(id, watch);
        }
        if ([...this.#watches.values()].some(({ target }) => target === Number.POSITIVE_INFINITY)) this.#ask();
      },
      () => {
        this.#asking = false; // the connection is failing; the watch asks again on the next one
      },
    );
  }
}
