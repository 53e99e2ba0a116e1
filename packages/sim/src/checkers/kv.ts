import {
  binaryString,
  type CommandResponse,
  decodeCommand,
  type RangeRequest,
  type RangeResponse,
  type TxnRequest,
  type TxnResponse,
} from '@flotilla/mvcc';
import { canonical } from './canonical.js';
import { demand } from './demand.js';
import { KvModel, type ModelAnswer } from './kv-model.js';

/** What a client asked for, and what became of it. */
export interface KvOperation {
  readonly client: string;
  readonly request: { readonly command: Uint8Array } | { readonly range: RangeRequest } | { readonly read: TxnRequest };
  readonly calledMs: number;
  /** When the answer came; Infinity for an unknown outcome. */
  readonly returnedMs: number;
  readonly outcome: KvOutcome;
}

export type KvOutcome =
  | { readonly response: CommandResponse | { readonly range: RangeResponse } | { readonly read: TxnResponse } }
  /** The state machine's own no, at its place in the order. */
  | { readonly error: string; readonly compactRevision?: number }
  /** The cluster says that it was not executed. */
  | 'refused'
  | 'unknown';

/** A committed command; the list of them is the one history that every answer must fit. */
export interface CommittedCommand {
  readonly index: number;
  readonly command: Uint8Array;
}

interface Position {
  readonly at: number;
  readonly revision: number;
  readonly revisionBefore: number;
  readonly answer: ModelAnswer;
}

/** The committed history, replayed through the model. */
export class CommittedHistory {
  readonly model = new KvModel();
  /** By the bytes of the command. The workload makes them unique, except for lease renewals and compactions. */
  readonly #positions = new Map<string, Position[]>();

  /** @param commands in log order */
  constructor(commands: readonly CommittedCommand[]) {
    for (const [at, { command }] of commands.entries()) {
      const revisionBefore = this.model.revision;
      const answer = this.model.apply(decodeCommand(command));
      const position = { at, revision: this.model.revision, revisionBefore, answer };
      const name = binaryString(command);
      this.#positions.set(name, [...(this.#positions.get(name) ?? []), position]);
    }
  }

  positions(command: Uint8Array): readonly Position[] {
    return this.#positions.get(binaryString(command)) ?? [];
  }
}

/** Whether a command may be in the log twice though it was asked for once: renewals and compactions look alike. */
function isUnique(command: Uint8Array): boolean {
  const decoded = decodeCommand(command);
  return 'put' in decoded || 'deleteRange' in decoded || 'txn' in decoded || 'leaseGrant' in decoded;
}

/**
 * Strict serializability: every answer is what the model gives at one place of the committed history, and these places
 * are in the order of real time. Durability: what was acknowledged is in it, what was refused is not, nothing is twice.
 * @throws AssertionError that names the promise
 */
export function checkKv(history: CommittedHistory, operations: readonly KvOperation[]): void {
  const effects = operations.map((operation) => effectOf(history, operation)).filter((effect) => effect !== undefined);
  checkRealTime(effects);
}

/** An answered operation at its place. */
interface Effect {
  readonly operation: KvOperation;
  readonly revision: number;
  readonly wrote: boolean;
}

function effectOf(history: CommittedHistory, operation: KvOperation): Effect | undefined {
  const { request } = operation;
  if ('command' in request) return commandEffect(history, operation, request.command);
  const { outcome } = operation;
  if (outcome === 'unknown' || outcome === 'refused') return undefined;
  if ('error' in outcome) {
    checkReadError(history, operation, outcome);
    return undefined;
  }
  const { response } = outcome;
  if ('range' in request && 'range' in response) {
    const { revision } = response.range;
    expectSame(operation, response.range, () => history.model.range(request.range, revision), revision, history.model.revision);
    return request.range.serializable === true ? undefined : { operation, revision, wrote: false };
  }
  demand('read' in request && 'read' in response, () => 'an answer is of the kind of its request');
  const { revision } = response.read;
  expectSame(operation, response.read, () => history.model.read(request.read, revision), revision, history.model.revision);
  return { operation, revision, wrote: false };
}

function commandEffect(history: CommittedHistory, operation: KvOperation, command: Uint8Array): Effect | undefined {
  const { outcome } = operation;
  const positions = history.positions(command);
  if (isUnique(command)) {
    demand(positions.length <= 1, () => `exactly once: ${describe(operation)} was executed ${positions.length} times`);
    demand(outcome !== 'refused' || positions.length === 0, () => `refused means not executed: ${describe(operation)}`);
  }
  if (outcome === 'unknown' || outcome === 'refused') return undefined;
  demand(positions.length > 0, () => `durability: ${describe(operation)} was acknowledged and is not in the committed history`);
  const given = canonical('error' in outcome ? { error: outcome.error } : outcome);
  const position = positions.find(({ answer }) => canonical(answer) === given);
  const expected = () => positions.map(({ answer }) => canonical(answer)).join(' or ');
  demand(position !== undefined, () => `serializability: ${describe(operation)} was answered ${given} instead of ${expected()}`);
  if (positions.length > 1) return undefined; // which of them it was, nobody can tell
  return { operation, revision: position.revision, wrote: position.revision > position.revisionBefore };
}

function expectSame(operation: KvOperation, given: unknown, expected: () => unknown, revision: number, last: number): void {
  demand(revision <= last, () => `durability: ${describe(operation)} saw revision ${revision}, of which nothing is committed`);
  const wanted = expected();
  demand(
    canonical(given) === canonical(wanted),
    () => `serializability: ${describe(operation)} was answered ${canonical(given)} instead of ${canonical(wanted)}`,
  );
}

/** The workload reads only revisions that exist or are compacted by the time of the answer. */
function checkReadError(history: CommittedHistory, operation: KvOperation, outcome: { error: string }): void {
  const { request } = operation;
  const wanted = 'range' in request ? (request.range.revision ?? 0) : 0;
  const compacted = outcome.error === 'compacted' && wanted > 0 && wanted < history.model.compactRevision;
  // A member that lags may not have reached the revision yet.
  const behind = outcome.error === 'future-revision' && 'range' in request && request.range.serializable === true;
  demand(compacted || behind, () => `serializability: ${describe(operation)} was answered with ${outcome.error}`);
}

/** If A was answered before B was called, B's revision is not older than A's, and newer when B wrote. */
function checkRealTime(effects: readonly Effect[]): void {
  const byCall = [...effects].sort((a, b) => a.operation.calledMs - b.operation.calledMs);
  const byReturn = [...effects].sort((a, b) => a.operation.returnedMs - b.operation.returnedMs);
  let newest: Effect | undefined;
  let returned = 0;
  for (const effect of byCall) {
    for (let next = byReturn[returned]; next !== undefined; next = byReturn[++returned]) {
      if (next.operation.returnedMs >= effect.operation.calledMs) break;
      if (newest === undefined || next.revision > newest.revision) newest = next;
    }
    const before = newest;
    if (before === undefined) continue;
    const inOrder = effect.wrote ? effect.revision > before.revision : effect.revision >= before.revision;
    demand(
      inOrder,
      () =>
        `real time: ${describe(effect.operation)} has revision ${effect.revision}, though ` +
        `${describe(before.operation)} with revision ${before.revision} had been answered before`,
    );
  }
}

function describe({ client, request, calledMs, returnedMs, outcome }: KvOperation): string {
  const what = 'command' in request ? decodeCommand(request.command) : request;
  const became = typeof outcome === 'string' ? outcome : 'answered';
  return `${client}: ${canonical(what)} @${calledMs.toFixed(1)}–${returnedMs.toFixed(1)} (${became})`;
}
