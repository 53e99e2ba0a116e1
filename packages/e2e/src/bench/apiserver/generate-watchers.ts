import { Latencies } from '../measuring/statistics.js';
import { costBetween, takeStock } from '../measuring/stock.js';
import { benchNamespace, podName } from './bench-pod.js';
import { connectionTarget, open } from './generate-load.js';
import { Http2Connection } from './http2-connection.js';
import type { WatchersResult, WatchersSpec } from './specs.js';

/** Connections that are made at a time: more would only wait for each other's handshake. */
const handshakesAtOnce = 16;

const pods = `/api/v1/namespaces/${benchNamespace}/pods`;

export async function generateWatchers({ target, watchers, perConnection, changes }: WatchersSpec): Promise<WatchersResult> {
  const writer = await open(target);
  const { body } = await writer.request({ method: 'GET', path: `${pods}?limit=1` });
  const { metadata } = JSON.parse(body.toString()) as { metadata: { resourceVersion: string } }; // a PodList
  const path = `${pods}?watch=true&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=3600`;
  let left = 0;
  let allHaveIt = () => {};
  const arrived = () => {
    if (--left === 0) allHaveIt();
  };
  let opened = 0;
  const openSome = async () => {
    for (;;) {
      const wanted = Math.min(perConnection, watchers - opened);
      if (wanted <= 0) return;
      opened += wanted;
      const connection = perConnection === 1 ? await open(target) : await Http2Connection.open(connectionTarget(target));
      await Promise.all(Array.from({ length: wanted }, () => connection.watch(path, arrived)));
    }
  };
  await Promise.all(Array.from({ length: handshakesAtOnce }, openSome));
  const latencies = new Latencies();
  const before = takeStock(target.pids);
  for (let change = 0; change < changes; change++) {
    left = watchers;
    const everywhere = new Promise<void>((resolve) => {
      allHaveIt = resolve;
    });
    const beganMs = performance.now();
    await writer.request({
      method: 'PATCH',
      path: `${pods}/${podName(change)}`,
      contentType: 'application/merge-patch+json',
      body: JSON.stringify({ metadata: { annotations: { 'example.com/change': `${performance.now()}` } } }),
    });
    await everywhere;
    latencies.add(performance.now() - beganMs);
  }
  const { p50Ms, p999Ms: worstMs } = latencies.quantiles();
  const result = { p50Ms, worstMs, ...costBetween(before, takeStock(target.pids), changes * watchers) };
  // Thousands of connections are not worth closing one by one.
  setImmediate(() => process.exit(0));
  return result;
}
