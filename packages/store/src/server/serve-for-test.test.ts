import { type Logger, silentLogger } from '@flotilla/base';
import { createMetrics, systemClock, systemRandom } from '@flotilla/process';
import { TestAuthority } from '@flotilla/process/testing';
import { Alarms } from '../alarms.js';
import { serveClients } from './index.js';
import { LoneMember } from './lone-member.js';

let made: ReturnType<typeof makeTls> | undefined;

/** An authority, and a server's and a client's certificate by it; the same ones for the whole test file. */
export function testTls() {
  made ??= makeTls();
  return made;
}

function makeTls() {
  const authority = new TestAuthority();
  const hosts = ['127.0.0.1', 'localhost'];
  return {
    ca: authority.pair,
    server: authority.issue({ commonName: 'test server', hosts }),
    client: authority.issue({ commonName: 'test client', hosts }),
  };
}

/** What a client needs to connect to `serveForTest({ tls: true })`. */
export function clientTls() {
  const { ca, client } = testTls();
  return { ca: Buffer.from(ca.cert), cert: Buffer.from(client.cert), key: Buffer.from(client.key) };
}

function serverTls() {
  const { ca, server } = testTls();
  return { cert: server.certFile, key: server.keyFile, trustedCa: ca.certFile, clientCertAuth: true };
}

/** Serves a member on a free port of the loopback interface. */
export async function serveForTest(
  options: {
    member?: LoneMember;
    port?: number;
    tls?: boolean;
    quotaBytes?: number;
    watchProgressMs?: number;
    log?: Logger;
    electionMs?: number;
  } = {},
) {
  const member = options.member ?? new LoneMember();
  const scheme = options.tls === true ? 'https' : 'http';
  const server = await serveClients({
    member,
    alarms: new Alarms(member, silentLogger),
    listenClientUrls: [new URL(`${scheme}://127.0.0.1:${options.port ?? 0}`)],
    listenMetricsUrls: [new URL('http://127.0.0.1:0')],
    ...(options.tls === true && { tls: serverTls() }),
    maxRequestBytes: 1_572_864,
    quotaBytes: options.quotaBytes ?? 0,
    watchProgressMs: options.watchProgressMs ?? 600_000,
    electionMs: options.electionMs ?? 1_000,
    auth: { tokenTtlMs: 300_000, passwordCost: 4 },
    clock: systemClock,
    random: systemRandom,
    log: options.log ?? silentLogger,
    metrics: createMetrics(),
  });
  const { port } = server.addresses[0]!;
  const metricsUrl = `http://127.0.0.1:${server.addresses[1]!.port}`;
  const url = `${scheme}://127.0.0.1:${port}`;
  member.clientUrls.push(url);
  return { member, port, url, metricsUrl, close: () => server.close() };
}
