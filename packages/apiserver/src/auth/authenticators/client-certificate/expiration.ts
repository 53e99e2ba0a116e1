import type { Metrics } from '@flotilla/process';
import { Buckets, readHistogram } from '../../../http/buckets.js';

const [minute, hour, day] = [60, 3_600, 86_400];
const month = 30 * day;
const buckets = [
  ...[0, 30 * minute, hour, 2 * hour, 6 * hour, 12 * hour],
  ...[day, 2 * day, 4 * day, 7 * day, month, 3 * month, 6 * month, 12 * month],
];

/** Registers, under Kubernetes' name, for how long the certificates that clients come with are still valid. */
export function certificateExpiration({ registry }: Metrics): (remainingSeconds: number) => void {
  const seconds = new Buckets(buckets);
  readHistogram(
    {
      name: 'apiserver_client_certificate_expiration_seconds',
      help: 'Distribution of the remaining lifetime on the certificate used to authenticate a request.',
      buckets,
      registry,
    },
    () => [[{}, seconds]],
  );
  return (remaining) => seconds.observe(remaining);
}
