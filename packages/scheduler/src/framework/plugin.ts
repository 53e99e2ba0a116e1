import type { Pod } from '@flotilla/api';
import type { NodeInfo } from '../cache/node-info.js';
import type { PodInfo } from '../cache/pod-info.js';
import type { Snapshot } from '../cache/snapshot.js';
import type { ClusterEvent } from './cluster-event.js';
import type { CycleState } from './cycle-state.js';

/**
 * Why a pod cannot run on a node, in Kubernetes' words: `['Insufficient cpu']`.
 * `unresolvable`: removing other pods from the node would not help.
 */
export interface Rejection {
  readonly reasons: readonly string[];
  readonly unresolvable?: boolean;
}

/** What a preFilter found: no node at all will do, or only some can. */
type PreFilterResult = { readonly rejection: Rejection } | { readonly nodeNames: ReadonlySet<string> };

/** The outcome of the filters on every node that was looked at and does not fit. */
export type NodeRejections = ReadonlyMap<string, Rejection & { readonly plugin: string }>;

export interface PostFilterResult {
  /** The node that was made free, or is about to be; the pod waits for it. */
  readonly nominatedNodeName?: string;
  /** Added to the pod's FailedScheduling message. */
  readonly message: string;
}

/** May a pod be bound? `wait` holds it back until the promise settles; a rejection sends it back to the queue. */
type PermitResult = 'allow' | { readonly reject: string } | { readonly wait: Promise<void> };

/**
 * One concern of the scheduler. Points run in this order; all but the last four are synchronous, so that a cycle sees one state
 * of the cluster. Unset points are skipped.
 */
export interface Plugin {
  readonly name: string;
  /** May the pod be queued at all? @returns the reason why not */
  preEnqueue?(pod: Pod): string | undefined;
  /** Whether a pod that this plugin rejected may be schedulable after the event. In doubt: true. Unset: nothing wakes it. */
  wakes?(event: ClusterEvent, pod: PodInfo): boolean;
  preFilter?(state: CycleState, pod: PodInfo, snapshot: Snapshot): PreFilterResult | undefined;
  /** @returns undefined when the pod can run there */
  filter?(state: CycleState, pod: PodInfo, node: NodeInfo): Rejection | undefined;
  /** Runs when no node is left: preemption. */
  postFilter?(state: CycleState, pod: PodInfo, snapshot: Snapshot, rejections: NodeRejections): PostFilterResult | undefined;
  /** @returns false when its score would be the same for every node */
  preScore?(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[], snapshot: Snapshot): boolean;
  /** Higher is better; after normalizeScores between 0 and 100. */
  score?(state: CycleState, pod: PodInfo, node: NodeInfo, snapshot: Snapshot): number;
  /** In place; `scores[i]` is of `nodes[i]`. */
  normalizeScores?(state: CycleState, scores: number[], nodes: readonly NodeInfo[]): void;
  reserve?(state: CycleState, pod: PodInfo, nodeName: string): Rejection | undefined;
  /** Undoes reserve; also called when reserve itself was never reached. */
  unreserve?(state: CycleState, pod: PodInfo, nodeName: string): void;
  permit?(state: CycleState, pod: PodInfo, nodeName: string): PermitResult;
  preBind?(state: CycleState, pod: PodInfo, nodeName: string, signal: AbortSignal): Promise<void>;
  /** @returns false when another plugin is to bind this pod */
  bind?(state: CycleState, pod: PodInfo, nodeName: string, signal: AbortSignal): Promise<boolean>;
  postBind?(state: CycleState, pod: PodInfo, nodeName: string): void;
}

/** A plugin with what the profile says of it. */
export interface ProfilePlugin {
  readonly plugin: Plugin;
  /** Multiplies its scores. */
  readonly weight: number;
}

/** What plugins may ask of the scheduler that they are part of. */
export interface Trial {
  /** Whether the pod would pass all filters on the node, were the cluster as the snapshot has it. */
  fits(pod: PodInfo, node: NodeInfo, snapshot: Snapshot): boolean;
}
