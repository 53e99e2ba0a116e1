import type { EventQueue } from './event-queue.js';
import type { Host } from './host.js';
import type { Network } from './network.js';

type Frame = string | Uint8Array;

/** Where one end of a stream runs. */
export interface StreamEnd {
  readonly id: bigint;
  readonly host: Host;
}

/**
 * One end of a connection like TCP's: frames arrive in order, one is on its way at a time, and a cut network or a dead
 * process ends it for both. Shaped as the store's `SnapshotStream`.
 */
export class SimStream {
  readonly #queue: EventQueue;
  readonly #network: Network<never>;
  readonly #self: StreamEnd;
  readonly #life: number;
  readonly #arrived: Frame[] = [];
  #peer: SimStream | undefined;
  #open = true;
  #wake = () => {};

  private constructor(queue: EventQueue, network: Network<never>, self: StreamEnd) {
    this.#queue = queue;
    this.#network = network;
    this.#self = self;
    this.#life = self.host.life;
  }

  static pair(queue: EventQueue, network: Network<never>, from: StreamEnd, to: StreamEnd): [SimStream, SimStream] {
    const [near, far] = [new SimStream(queue, network, from), new SimStream(queue, network, to)];
    near.#peer = far;
    far.#peer = near;
    return [near, far];
  }

  /** @throws Error when the stream is closed or breaks */
  send(frame: Frame): Promise<void> {
    return new Promise((resolve, reject) => {
      const arrive = this.#self.host.guard(() => {
        if (this.#deliver(frame)) resolve();
        else {
          this.#end();
          reject(new Error('the stream broke'));
        }
      });
      this.#queue.after(this.#network.delayMs(), arrive);
    });
  }

  /** @returns undefined when the stream has ended */
  async receive(): Promise<Frame | undefined> {
    while (this.#arrived.length === 0 && this.#alive()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#queue.after(1_000, this.#self.host.guard(resolve)); // looks whether the other side is still there
      });
    }
    return this.#arrived.shift();
  }

  close(): void {
    this.#end();
  }

  #deliver(frame: Frame): boolean {
    const peer = this.#peer;
    if (peer === undefined || !this.#alive()) return false;
    peer.#arrived.push(frame);
    peer.#self.host.guard(() => peer.#wake())();
    return true;
  }

  #alive(): boolean {
    const peer = this.#peer;
    if (peer === undefined || !this.#open || !peer.#open) return false;
    if (this.#self.host.life !== this.#life || peer.#self.host.life !== peer.#life) return false;
    const [here, there] = [this.#self.id, peer.#self.id];
    return this.#network.reaches(here, there) && this.#network.reaches(there, here);
  }

  #end(): void {
    this.#open = false;
    this.#wake();
    const peer = this.#peer;
    if (peer !== undefined && peer.#self.host.life === peer.#life) peer.#self.host.guard(() => peer.#wake())();
  }
}
