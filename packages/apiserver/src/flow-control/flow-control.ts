import { type FlowSchema, type PriorityLevelConfiguration, type StatusError, statusErrors } from '@flotilla/api';
import type { Cancel, Clock } from '@flotilla/base';
import type { UserInfo } from '../auth/user-info.js';
import type { Exchange } from '../http/exchange.js';
import type { RequestInfo } from '../http/request-info.js';
import {
  classifiedPerUserMax,
  objectsPerSeat,
  queueWaitMsMax,
  retryAfterSeconds,
  seatAdjustPeriodMs,
  seatsPerRequestMax,
} from '../limits.js';
import { distinguisher, inPrecedence, schemaMatches } from './classify.js';
import { allocateSeats, seatBounds } from './concurrency.js';
import { PriorityLevel, type Rejection, type Seat } from './priority-level.js';

export interface FlowControlOptions {
  /** Seats of the whole server. */
  readonly seats: number;
  readonly clock: Clock;
  /** How many objects a list of the resource would go through, as far as that is known. */
  objectCount(info: RequestInfo): number;
}

/** One FlowSchema, the level that its requests go to, and what became of them. */
export interface Flows {
  readonly schema: FlowSchema;
  readonly level: PriorityLevel;
  dispatched: number;
  readonly rejected: Map<Rejection, number>;
  inQueue: number;
  executing: number;
}

/** Told of a request that waited, for the metrics. */
export type OnWaited = (flows: Flows, seconds: number, executed: boolean) => void;

/**
 * Priority and fairness (KEP-1040): every request belongs to a flow of a schema, and every schema to a priority level with
 * seats of its own. Levels do not get into each other's way, and within one, flows take turns. A request for which there is
 * room costs a look into two maps.
 */
export class FlowControl {
  readonly #options: FlowControlOptions;
  readonly #levels = new Map<string, PriorityLevel>();
  #flows: readonly Flows[] = [];
  #classified = new WeakMap<UserInfo, Map<string, Flows>>();
  #cancelAdjust: Cancel | undefined;
  onWaited: OnWaited = () => {};

  constructor(options: FlowControlOptions) {
    this.#options = options;
    this.#scheduleAdjust();
  }

  get flows(): readonly Flows[] {
    return this.#flows;
  }

  get levels(): Iterable<PriorityLevel> {
    return this.#levels.values();
  }

  /** Goes by these objects from now on. A level that is as it was keeps its requests; of one that has changed, those that wait go on waiting under the old one. */
  configure(schemas: Iterable<FlowSchema>, configs: Iterable<PriorityLevelConfiguration>): void {
    const wanted = [...configs];
    for (const name of this.#levels.keys()) if (!wanted.some(({ metadata }) => metadata.name === name)) this.#levels.delete(name);
    for (const config of wanted) {
      const name = config.metadata.name ?? '';
      if (this.#levels.get(name)?.config !== config) this.#levels.set(name, new PriorityLevel(config, this.#options.clock));
    }
    const levels = [...this.#levels.values()];
    const bounds = seatBounds(
      this.#options.seats,
      levels.map((level) => level.shares),
    );
    for (const [i, level] of levels.entries()) {
      level.bounds = bounds[i] ?? level.bounds;
      level.limit = level.bounds.nominal;
    }
    const before = new Map(this.#flows.map((flows) => [flows.schema, flows]));
    this.#flows = inPrecedence(schemas).flatMap((schema) => {
      const level = this.#levels.get(schema.spec.priorityLevelConfiguration.name);
      if (level === undefined) return []; // such a schema dangles: its requests are those of the next that matches
      const known = before.get(schema);
      return [known?.level === level ? known : { schema, level, dispatched: 0, rejected: new Map(), inQueue: 0, executing: 0 }];
    });
    this.#classified = new WeakMap();
  }

  /** @throws StatusError TooManyRequests when there is no room, now or in time */
  enter(exchange: Exchange): Seat | Promise<Seat> {
    const { info, user, response } = exchange;
    const flows = this.#classify(user, info);
    if (flows === undefined) return noSeat;
    const { schema, level } = flows;
    setUid(response, 'x-kubernetes-pf-flowschema-uid', schema);
    setUid(response, 'x-kubernetes-pf-prioritylevel-uid', level.config);
    const seats = this.#seatsFor(exchange);
    const seat = level.tryEnter(seats);
    return seat === undefined ? this.#wait(exchange, flows, seats) : counted(flows, seat);
  }

  close(): void {
    this.#cancelAdjust?.();
  }

  async #wait(exchange: Exchange, flows: Flows, seats: number): Promise<Seat> {
    const { clock } = this.#options;
    const waiting = flows.level.wait(
      `${flows.schema.metadata.name}/${distinguisher(flows.schema, exchange.user, exchange.info)}`,
      seats,
    );
    if (typeof waiting === 'string') throw reject(flows, waiting);
    flows.inQueue += 1;
    const sinceMs = clock.monotonicMs();
    let executed = false;
    try {
      const seat = await this.#seatInTime(waiting.seat, exchange, flows);
      executed = true;
      return counted(flows, seat);
    } catch (error) {
      waiting.cancel();
      // It may have got its seat at the last moment.
      void waiting.seat.then((seat) => seat.release());
      throw error;
    } finally {
      flows.inQueue -= 1;
      this.onWaited(flows, (clock.monotonicMs() - sinceMs) / 1_000, executed);
    }
  }

  #seatInTime(seat: Promise<Seat>, { signal }: Exchange, flows: Flows): Promise<Seat> {
    return new Promise((resolve, fail) => {
      const aborted = () => {
        stop();
        reject(flows, 'cancelled');
        fail(signal.reason);
      };
      const cancelTimeout = this.#options.clock.after(queueWaitMsMax, () => {
        stop();
        fail(reject(flows, 'time-out'));
      });
      const stop = () => {
        cancelTimeout();
        signal.removeEventListener('abort', aborted);
      };
      signal.addEventListener('abort', aborted);
      void seat.then((found) => {
        stop();
        resolve(found);
      });
    });
  }

  /** Requests of one user are much alike: what was found for one holds for the next. */
  #classify(user: UserInfo, info: RequestInfo): Flows | undefined {
    let known = this.#classified.get(user);
    if (known === undefined) {
      known = new Map();
      this.#classified.set(user, known);
    }
    const key = info.isResourceRequest
      ? `${info.verb} ${info.apiGroup} ${info.resource} ${info.subresource} ${info.namespace}`
      : `${info.verb} ${info.path}`;
    let flows = known.get(key);
    if (flows === undefined) {
      flows = this.#flows.find(({ schema }) => schemaMatches(schema, user, info));
      if (flows === undefined) return undefined;
      if (known.size >= classifiedPerUserMax) known.clear();
      known.set(key, flows);
    }
    return flows;
  }

  /** A list is as much work as there are objects to look at. */
  #seatsFor({ info, query }: Exchange): number {
    if (info.verb !== 'list' || info.name !== '') return 1;
    const limit = Number(query.get('limit') ?? 0);
    const count = this.#options.objectCount(info);
    const objects = limit > 0 ? Math.min(limit, count) : count;
    return Math.min(seatsPerRequestMax, Math.max(1, Math.ceil(objects / objectsPerSeat)));
  }

  #scheduleAdjust(): void {
    this.#cancelAdjust = this.#options.clock.after(seatAdjustPeriodMs, () => {
      this.#adjust();
      this.#scheduleAdjust();
    });
  }

  /** Levels that need more borrow from those that need less. */
  #adjust(): void {
    const levels = [...this.#levels.values()].filter(({ isExempt }) => !isExempt);
    const demands = levels.map((level) => ({ ...level.bounds, demand: level.takeDemand() }));
    const seats = allocateSeats(this.#options.seats, demands);
    for (const [i, level] of levels.entries()) {
      level.limit = seats[i] ?? level.bounds.nominal;
      level.dispatch();
    }
  }
}

/** For a request that no schema matches, as long as there are none. */
const noSeat: Seat = { release() {} };

/** The level's own seat has to be given back just once. */
function counted(flows: Flows, seat: Seat): Seat {
  flows.dispatched += 1;
  flows.executing += 1;
  let held = true;
  return {
    release() {
      if (!held) return;
      held = false;
      flows.executing -= 1;
      seat.release();
    },
  };
}

function reject(flows: Flows, reason: Rejection): StatusError {
  flows.rejected.set(reason, (flows.rejected.get(reason) ?? 0) + 1);
  return statusErrors.tooManyRequests('Too many requests, please try again later.', retryAfterSeconds);
}

function setUid(response: Exchange['response'], header: string, { metadata }: FlowSchema | PriorityLevelConfiguration): void {
  if (metadata.uid !== undefined) response.setHeader(header, metadata.uid);
}
