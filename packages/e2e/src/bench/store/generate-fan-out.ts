import { Latencies } from '../measuring/statistics.js';
import { costBetween, takeStock } from '../measuring/stock.js';
import type { Face } from './faces/face.js';
import type { FanOutResult, FanOutSpec } from './specs.js';

const prefix = Buffer.from('/bench-watch/');
/** The event's number, big endian, then nothing of interest. */
const valueBytes = 256;

export async function generateFanOut(face: Face, spec: FanOutSpec): Promise<FanOutResult> {
  const latencies = new Latencies();
  const events = Array.from({ length: spec.events }, () => new Event(spec.watchers));
  const onValue = (value: Uint8Array) => {
    const number = new DataView(value.buffer, value.byteOffset).getUint32(0);
    latencies.add(performance.now() - events[number]!.sentMs);
    events[number]!.arrived();
  };
  for (let watcher = 0; watcher < spec.watchers; watcher++) await face.watch(watcher, prefix, onValue);
  const before = takeStock(spec.pids);
  let next = 0;
  const writers = Array.from({ length: spec.window }, async (_, writer) => {
    for (let number = next++; number < events.length; number = next++) {
      const value = Buffer.alloc(valueBytes);
      value.writeUInt32BE(number, 0);
      const event = events[number]!;
      event.sentMs = performance.now();
      await face.put(writer, Buffer.concat([prefix, Buffer.from(String(number))]), value);
      await event.everywhere;
    }
  });
  await Promise.all(writers);
  const after = takeStock(spec.pids);
  return {
    operations: latencies.count,
    perSecond: (latencies.count * 1_000) / (after.atMs - before.atMs),
    ...latencies.quantiles(),
    ...costBetween(before, after, latencies.count),
  };
}

/** One put, until every watcher has seen it. */
class Event {
  sentMs = 0;
  readonly everywhere: Promise<void>;
  #missing: number;
  #resolve: () => void = () => {};

  constructor(watchers: number) {
    this.#missing = watchers;
    this.everywhere = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  arrived(): void {
    if (--this.#missing === 0) this.#resolve();
  }
}
