import type { Message } from '@flotilla/raft';
import type { ClusterMember } from '../member.js';

/**
 * How members reach each other. `PeerTransport` does it over WebSockets; the simulation over a network that drops,
 * delays, repeats and cuts. Messages may get lost and overtake one another; proposals never arrive twice.
 */
export interface Transport {
  /** @throws ConfigError when a port cannot be bound */
  listen(): Promise<void>;
  /** Reaches out to whoever is new, and leaves whoever is gone. */
  setMembers(members: readonly ClusterMember[]): void;
  /** @returns false when the message was certainly not sent */
  send(message: Message): boolean;
  /** @throws Error when the member is not known, cannot be reached or refuses */
  openSnapshotStream(to: bigint): Promise<SnapshotStream>;
  peers(): Iterable<PeerStatus>;
  close(): Promise<void>;
}

/** One other member, as seen from here. */
interface PeerStatus {
  readonly id: bigint;
  readonly connected: boolean;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly sendFailures: number;
}

/** What the transport tells the member. */
export interface TransportEvents {
  onMessage(message: Message): void;
  /** A message to `id` was dropped. */
  onUnreachable(id: bigint): void;
  onUp(id: bigint): void;
  /** One of the two connections with `id` broke. */
  onDown(id: bigint): void;
  /** Another member says that this one has been removed. */
  onRemoved(): void;
  /** A member begins to send its state. */
  onSnapshotStream(from: bigint, stream: SnapshotStream): void;
}

/** A connection of its own for one state. Ordered, with back-pressure; calls of one side must not overlap. */
export interface SnapshotStream {
  /**
   * Resolves when there is room for more.
   * @throws Error when the stream is closed
   */
  send(frame: string | Uint8Array): Promise<void>;
  /** @returns undefined when the other side has closed, or the connection broke */
  receive(): Promise<string | Uint8Array | undefined>;
  /** At once for both sides. @param refusal said to the other side instead of taking anything in */
  close(refusal?: string): void;
}
