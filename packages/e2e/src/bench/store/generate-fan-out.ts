import { Latencies } from '../measuring/statistics.js';
import { costBetween, takeStock } from '../measuring/stock.js';
import type { Face } from './faces/face.js';
import type { FanOutResult, FanOutSpec } from './specs.js';

const prefix = Buffer.from('/bench-watch/');
/** The event's number, big endian, then nothing of interest. */
const valueBytes = 256;

export async function generateFanOut(face: Face, spec: FanOutSpec): Promise<FanOutResult> {
  const latencies = new Latencies();
  const { warmUpEvents } = spec;
  const events = Array.from({ length: warmUpEvents + spec.events }, () => new Event(spec.watchers));
  const onValue = (value: Uint8Array) => {
    const number = new DataView(value.buffer, value.byteOffset).getUint32(0);
    if (number >= warmUpEvents) latencies.add(performance.now() - events[number]!.sentMs);
    events[number]!.arrived();
  };
  for (let watcher = 0; watcher < spec.watchers; watcher++) await face.watch(watcher, prefix, onValue);
  let next = 0;
  const putUpTo = async (end: number, writer: number) => {
    while (next < end) {
      const number = next++;
      const value = Buffer.alloc(valueBytes);
      value.writeUInt32BE(number, 0);
      const event = events[number]!;
      event.sentMs = performance.now();
      await face.put(writer, Buffer.concat([prefix, Buffer.from(String(number))]), value);
      await event.everywhere;
    }
  };
  const allUpTo = (end: number) => Promise.all(Array.from({ length: spec.window }, (_, writer) => putUpTo(end, writer)));
  await allUpTo(warmUpEvents);
  const before = takeStock(spec.pids);
  await allUpTo(events.length);
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
