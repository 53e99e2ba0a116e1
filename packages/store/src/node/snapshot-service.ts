import type { Clock, Logger } from '@flotilla/base';
import type { ReloadingTls } from '@flotilla/process';
import type { SnapshotMessage } from '@flotilla/raft';
import type { WebSocket } from 'ws';
import { formatId } from './ids.js';
import type { MemberStorage } from './member-storage.js';
import { dialPeer } from './peer-dialer.js';
import type { PeerIdentity } from './peer-identity.js';
import { receiveSnapshot, type StagedSnapshot, sendSnapshot } from './snapshot-transfer.js';

export interface SnapshotServiceOptions {
  readonly storage: MemberStorage;
  readonly self: PeerIdentity;
  readonly tls: ReloadingTls | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** How sending to a member ended. */
  readonly onSent: (to: bigint, succeeded: boolean) => void;
  /** A state has arrived and can be stepped in. @returns false when there is one waiting already */
  readonly onReceived: (from: bigint, staged: StagedSnapshot) => void;
  /** Whether a received state still waits to be installed. */
  readonly busy: () => boolean;
}

/** Sends this member's state to members that lag too far behind, and takes in the state of others. */
export class SnapshotService {
  readonly #options: SnapshotServiceOptions;
  readonly #sockets = new Set<WebSocket>();
  #receiving = false;

  constructor(options: SnapshotServiceOptions) {
    this.#options = options;
  }

  /** The state as of now; everything applied must be on disk. */
  send(message: SnapshotMessage, urls: readonly string[]): void {
    const { storage, log, onSent } = this.#options;
    const view = storage.database.snapshot();
    const source = {
      ...storage.applied,
      membership: storage.membership.encode(),
      generation: storage.state.generation,
    };
    const peer = formatId(message.to);
    log.info({ peer, index: source.index }, 'sending snapshot');
    this.#stream(message.to, urls, (socket) => sendSnapshot(socket, storage.database, view, source, this.#options.clock))
      .then(
        () => {
          log.info({ peer, index: source.index }, 'sent snapshot');
          onSent(message.to, true);
        },
        (error: unknown) => {
          log.warn({ err: error, peer }, 'failed to send snapshot');
          onSent(message.to, false);
        },
      )
      .finally(() => view.close());
  }

  async #stream(to: bigint, urls: readonly string[], run: (socket: WebSocket) => Promise<void>): Promise<void> {
    const { self, tls } = this.#options;
    const socket = await dialPeer(urls[0] ?? '', '/raft/snapshot', to, self, tls);
    this.#sockets.add(socket);
    try {
      await run(socket);
    } finally {
      this.#sockets.delete(socket);
      socket.terminate();
    }
  }

  receive(from: bigint, socket: WebSocket): void {
    const { storage, clock, log, onReceived, busy } = this.#options;
    if (this.#receiving || busy()) {
      socket.close(1013, 'another snapshot is being received');
      return;
    }
    this.#receiving = true;
    this.#sockets.add(socket);
    receiveSnapshot(socket, storage.database, storage.state.generation + 1, clock)
      .then(
        (staged) => {
          log.info({ peer: formatId(from), index: staged.meta.index }, 'received snapshot');
          this.#receiving = false;
          onReceived(from, staged);
          socket.send('ok');
        },
        (error: unknown) => {
          log.warn({ err: error, peer: formatId(from) }, 'failed to receive snapshot');
          socket.terminate();
        },
      )
      .finally(() => {
        this.#receiving = false;
        this.#sockets.delete(socket);
      });
  }

  close(): void {
    for (const socket of this.#sockets) socket.terminate();
  }
}
