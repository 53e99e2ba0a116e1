import { fileURLToPath } from 'node:url';
import { silentLogger } from '@flotilla/base';
import { createMetrics, systemClock, systemRandom } from '@flotilla/process';
import { serveClients } from './index.js';
import { LoneMember } from './lone-member.js';

export const tlsFile = (name: string): string => fileURLToPath(new URL(`../../testdata/tls/${name}`, import.meta.url));

/** Serves a member on a free port of the loopback interface. */
export async function serveForTest(options: { member?: LoneMember; port?: number; tls?: boolean; quotaBytes?: number } = {}) {
  const member = options.member ?? new LoneMember();
  const scheme = options.tls === true ? 'https' : 'http';
  const tls = { cert: tlsFile('server.crt'), key: tlsFile('server.key'), trustedCa: tlsFile('ca.crt'), clientCertAuth: true };
  const server = await serveClients({
    member,
    listenClientUrls: [new URL(`${scheme}://127.0.0.1:${options.port ?? 0}`)],
    listenMetricsUrls: [new URL('http://127.0.0.1:0')],
    ...(options.tls === true && { tls }),
    maxRequestBytes: 1_572_864,
    quotaBytes: options.quotaBytes ?? 0,
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    metrics: createMetrics(),
  });
  const { port } = server.addresses[0]!;
  const metricsUrl = `http://127.0.0.1:${server.addresses[1]!.port}`;
  const url = `${scheme}://127.0.0.1:${port}`;
  member.clientUrls.push(url);
  return { member, port, url, metricsUrl, close: () => server.close() };
}
