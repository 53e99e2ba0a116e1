import { type Clock, errorMessage } from '@flotilla/base';
import type { ClientService } from './client-service.js';
import { alarmNames } from './etcd/alarm-names.js';
import { healthTimeoutMs } from './limits.js';

/** Resolves with what is wrong; undefined: nothing. */
type Check = () => Promise<string | undefined>;

/** What etcd 3.5 looks at for /health, /livez and /readyz. */
export class HealthChecks {
  readonly #service: ClientService;
  readonly #clock: Clock;

  constructor(service: ClientService, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  /** By the endpoints of Kubernetes' kind; each is also a page of its own below them. */
  readonly of: Readonly<Record<'livez' | 'readyz', Readonly<Record<string, Check>>>> = {
    livez: { serializable_read: async () => this.#readProblem() },
    readyz: {
      data_corruption: async () => (this.#alarm('CORRUPT') ? 'alarm activated: CORRUPT' : undefined),
      serializable_read: async () => this.#readProblem(),
      linearizable_read: () => this.#quorumProblem(),
      non_learner: async () => (this.#service.member.status().isLearner ? 'not supported for learner' : undefined),
    },
  };

  /**
   * /health: alarms, a leader, a read.
   * @param excluded names of alarms that do not count
   * @param serializable whether this member answers for itself alone
   */
  async problem(excluded: ReadonlySet<string>, serializable: boolean): Promise<string | undefined> {
    const { store, member } = this.#service;
    const alarm = store.alarms().find(({ type }) => !excluded.has(alarmNames[type]));
    if (alarm !== undefined) return `ALARM ${alarmNames[alarm.type]}`;
    if (!serializable && member.status().leader === 0n) return 'RAFT NO LEADER';
    const problem = serializable ? this.#readProblem() : await this.#quorumProblem();
    return problem === undefined ? undefined : `QGET ERROR:${problem}`;
  }

  #alarm(name: string): boolean {
    return this.#service.store.alarms().some(({ type }) => alarmNames[type] === name);
  }

  #readProblem(): string | undefined {
    try {
      this.#service.store.range({ key: Uint8Array.of(0), limit: 1, keysOnly: true });
      return undefined;
    } catch (error) {
      return errorMessage(error);
    }
  }

  async #quorumProblem(): Promise<string | undefined> {
    const abort = new AbortController();
    const cancel = this.#clock.after(healthTimeoutMs, () => abort.abort(new Error('context deadline exceeded')));
    try {
      await this.#service.member.linearizable(abort.signal);
      return this.#readProblem();
    } catch (error) {
      return errorMessage(error);
    } finally {
      cancel();
    }
  }
}
