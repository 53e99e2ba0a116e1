import type { Clock, Logger } from '@flotilla/base';
import type { SnapshotMessage } from '@flotilla/raft';
import { DamagedValueError } from './checked-value.js';
import { formatId } from './ids.js';
import type { MemberStorage } from './member-storage.js';
import { receiveSnapshot, type StagedSnapshot, sendSnapshot } from './snapshot-transfer.js';
import type { SnapshotStream } from './transport.js';

export interface SnapshotServiceOptions {
  readonly storage: MemberStorage;
  readonly clock: Clock;
  readonly log: Logger;
  readonly open: (to: bigint) => Promise<SnapshotStream>;
  /** How sending to a member ended. */
  readonly onSent: (to: bigint, succeeded: boolean) => void;
  /** A state has arrived and can be stepped in. */
  readonly onReceived: (from: bigint, staged: StagedSnapshot) => void;
  /** Whether a received state still waits to be installed. */
  readonly busy: () => boolean;
}

/** Sends this member's state to members that lag too far behind, and takes in the state of others. */
export class SnapshotService {
  readonly #options: SnapshotServiceOptions;
  readonly #streams = new Set<SnapshotStream>();
  #receiving = false;

  constructor(options: SnapshotServiceOptions) {
    this.#options = options;
  }

  /** Sends the state that the database holds now. */
  send(message: SnapshotMessage): void {
    const { storage, log, onSent } = this.#options;
    const view = storage.database.snapshot();
    const source = storage.flushed;
    const peer = formatId(message.to);
    log.info({ peer, index: source.index }, 'sending snapshot');
    this.#stream(message.to, (stream) => sendSnapshot(stream, storage.database, view, source, this.#options.clock))
      .then(
        () => {
          log.info({ peer, index: source.index }, 'sent snapshot');
          onSent(message.to, true);
        },
        (error: unknown) => {
          log.warn({ err: error, peer }, 'failed to send snapshot');
          if (error instanceof DamagedValueError) storage.state.onDamage(error); // it would fail for ever
          onSent(message.to, false);
        },
      )
      .finally(() => view.close());
  }

  async #stream(to: bigint, run: (stream: SnapshotStream) => Promise<void>): Promise<void> {
    const stream = await this.#options.open(to);
    this.#streams.add(stream);
    try {
      await run(stream);
    } finally {
      this.#streams.delete(stream);
      stream.close();
    }
  }

  receive(from: bigint, stream: SnapshotStream): void {
    const { storage, clock, log, onReceived, busy } = this.#options;
    if (this.#receiving || busy()) {
      stream.close('another snapshot is being received');
      return;
    }
    this.#receiving = true;
    this.#streams.add(stream);
    receiveSnapshot(stream, storage.database, storage.state.generation + 1, clock)
      .then(async (staged) => {
        log.info({ peer: formatId(from), index: staged.meta.index }, 'received snapshot');
        this.#receiving = false;
        onReceived(from, staged);
        await stream.send('ok');
      })
      .catch((error: unknown) => {
        log.warn({ err: error, peer: formatId(from) }, 'failed to receive snapshot');
        stream.close();
      })
      .finally(() => {
        this.#receiving = false;
        this.#streams.delete(stream);
      });
  }

  close(): void {
    for (const stream of this.#streams) stream.close();
  }
}
