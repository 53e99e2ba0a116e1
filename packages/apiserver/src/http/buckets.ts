import type { Metric, Registry } from 'prom-client';

/** What one series of a histogram has counted. */
export class Buckets {
  /** By bound; the values above all of them are in `count` alone. */
  readonly counts: number[];
  sum = 0;
  count = 0;
  readonly #bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.sum += value;
    this.count++;
    const at = this.#bounds.findIndex((bound) => value <= bound);
    if (at >= 0) this.counts[at] = (this.counts[at] ?? 0) + 1;
  }
}

type Labels = Readonly<Record<string, string>>;

export interface ReadHistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly buckets: readonly number[];
  readonly registry: Registry;
}

/**
 * Registers a histogram whose series are read when somebody asks: to count costs no sorting and joining of labels, as prom-client's own
 * histograms do at every value.
 */
export function readHistogram(
  { name, help, buckets, registry }: ReadHistogramOptions,
  read: () => Iterable<readonly [labels: Labels, buckets: Buckets]>,
): void {
  const get = async () => ({ name, help, type: 'histogram', aggregator: 'sum', values: [...valuesOf(name, buckets, read())] });
  registry.registerMetric({ name, get } as unknown as Metric); // all that a registry asks of one
}

function* valuesOf(name: string, bounds: readonly number[], series: Iterable<readonly [labels: Labels, buckets: Buckets]>) {
  for (const [labels, { counts, sum, count }] of series) {
    let below = 0;
    for (const [i, bound] of bounds.entries()) {
      below += counts[i] ?? 0;
      yield { metricName: `${name}_bucket`, labels: { ...labels, le: bound }, value: below };
    }
    yield { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count };
    yield { metricName: `${name}_sum`, labels, value: sum };
    yield { metricName: `${name}_count`, labels, value: count };
  }
}
