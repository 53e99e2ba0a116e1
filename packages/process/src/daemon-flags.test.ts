import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { Command } from 'commander';
import {
  addLeaderElectionFlags,
  addServingFlags,
  ConfigError,
  createMetrics,
  electionOf,
  type LeaderElectionFlags,
  leaderGauge,
  requiredFlag,
  type ServingFlags,
  servingOptions,
} from './index.js';

function parse(...argv: string[]): ServingFlags & LeaderElectionFlags {
  const command = new Command();
  addServingFlags(command, 10_259);
  addLeaderElectionFlags(command, 'kube-system/kube-scheduler');
  return command.parse(argv, { from: 'user' }).opts();
}

const pair = ['--tls-cert-file', '/crt', '--tls-private-key-file', '/key'];

for (const [argv, options] of [
  [[], { address: '127.0.0.1', port: 10_259 }],
  [['--bind-address=::', '--secure-port=0'], { address: '::', port: 0 }],
  [['--client-ca-file', '/ca'], { address: '127.0.0.1', port: 10_259 }],
  [pair, { address: '127.0.0.1', port: 10_259, tls: { cert: '/crt', key: '/key' } }],
  [
    [...pair, '--client-ca-file', '/ca'],
    { address: '127.0.0.1', port: 10_259, tls: { cert: '/crt', key: '/key', clientCa: '/ca' } },
  ],
] as const) {
  test(`serving with ${argv.length === 0 ? 'no flags' : argv.join(' ')}`, () => {
    assert.deepEqual(servingOptions(parse(...argv)), options);
  });
}

test("an election has Kubernetes' defaults, in milliseconds", () => {
  const defaults = {
    enabled: true,
    hostName: hostname(),
    leaseDurationMs: 15_000,
    renewDeadlineMs: 10_000,
    retryPeriodMs: 2_000,
  };
  assert.deepEqual(electionOf(parse()), defaults);
  const flags = ['--leader-elect=false', '--hostname-override=cp-1', '--leader-elect-lease-duration=1m'];
  assert.deepEqual(electionOf(parse(...flags)), { ...defaults, enabled: false, hostName: 'cp-1', leaseDurationMs: 60_000 });
});

test('the gauge says who leads, and 0 before anybody does', async () => {
  const metrics = createMetrics();
  const tell = leaderGauge(metrics, 'kube-scheduler');
  const value = async () =>
    /^leader_election_master_status\{name="kube-scheduler"\} (\d)$/m.exec(await metrics.registry.metrics())?.[1];
  assert.equal(await value(), '0');
  tell(true);
  assert.equal(await value(), '1');
  tell(false);
  assert.equal(await value(), '0');
});

test('a flag that must be given is named', () => {
  assert.equal(requiredFlag('kubeconfig', '/k'), '/k');
  for (const missing of [undefined, '']) {
    assert.throws(() => requiredFlag('kubeconfig', missing), new ConfigError('--kubeconfig is required'));
  }
});
