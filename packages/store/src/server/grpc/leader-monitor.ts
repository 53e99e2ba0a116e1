import type { Cancel, Clock } from '@flotilla/base';

/** etcd gives up on a leader that it did not see this many times, each an election's time apart. */
const absencesMax = 3;

/** Tells streams whose clients want a leader (metadata `hasleader: true`) when there has been none for a while. */
export class LeaderMonitor {
  readonly #hasLeader: () => boolean;
  readonly #clock: Clock;
  readonly #electionMs: number;
  readonly #streams = new Set<() => void>();
  #absences = 0;
  #cancel: Cancel | undefined;

  constructor(hasLeader: () => boolean, clock: Clock, electionMs: number) {
    this.#hasLeader = hasLeader;
    this.#clock = clock;
    this.#electionMs = electionMs;
  }

  /** Calls `lost` when the leader is gone. @returns how to forget it */
  watch(lost: () => void): Cancel {
    this.#streams.add(lost);
    this.#cancel ??= this.#clock.after(this.#electionMs, () => this.#check());
    return () => {
      this.#streams.delete(lost);
      if (this.#streams.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
      this.#absences = 0;
    };
  }

  #check(): void {
    this.#absences = this.#hasLeader() ? 0 : this.#absences + 1;
    this.#cancel = this.#clock.after(this.#electionMs, () => this.#check());
    if (this.#absences >= absencesMax) for (const lost of [...this.#streams]) lost();
  }
}
