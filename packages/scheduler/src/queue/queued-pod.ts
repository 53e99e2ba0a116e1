import type { PodInfo } from '../cache/pod-info.js';
import { podBackoff } from '../limits.js';

/** A pod without a node, and the story of the attempts to find one. */
export interface QueuedPod {
  info: PodInfo;
  /** When it last joined the queue; ties of priority go to the one that waits longer. */
  queuedMs: number;
  attempts: number;
  /** Names of the plugins that rejected it at the last attempt; empty when none is to blame. */
  rejectedBy: ReadonlySet<string>;
  /** Why it may not be queued at all (scheduling gates). */
  gate: string | undefined;
  backoffUntilMs: number;
}

export function queuedPod(info: PodInfo, nowMs: number): QueuedPod {
  return { info, queuedMs: nowMs, attempts: 0, rejectedBy: new Set(), gate: undefined, backoffUntilMs: 0 };
}

/** 1 s, 2 s, 4 s, 8 s, 10 s, 10 s … after the first, second, … failed attempt. */
export function backoffAfter(attempts: number): number {
  return Math.min(podBackoff.maxMs, podBackoff.initialMs * 2 ** Math.min(30, Math.max(0, attempts - 1)));
}
