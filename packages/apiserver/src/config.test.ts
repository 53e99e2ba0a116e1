import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@flotilla/process';
import { Command } from 'commander';
import { type ApiServerFlags, addFlags, checkFlags, firstServiceIp, parseWatchCacheSizes } from './config.js';

function parse(...argv: string[]): ApiServerFlags {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addFlags(command);
  const needed = ['--etcd-servers', 'https://127.0.0.1:2379', '--tls-cert-file', 'a', '--tls-private-key-file', 'b'];
  return command.parse([...needed, ...argv], { from: 'user' }).opts<ApiServerFlags>();
}

test('flags have the names and defaults of kube-apiserver', () => {
  const flags = parse('--etcd-compaction-interval', '1m30s', '--authorization-mode=RBAC', '--anonymous-auth=false');
  checkFlags(flags);
  assert.deepEqual(
    [flags.securePort, flags.etcdPrefix, flags.etcdCompactionInterval, flags.authorizationMode, flags.anonymousAuth],
    [6443, '/registry', 90_000, ['RBAC'], false],
  );
});

for (const [argv, message] of [
  [['--etcd-servers', 'ftp://x'], /--etcd-servers: invalid URL "ftp:\/\/x"/],
  [['--etcd-certfile', 'x'], /--etcd-certfile and --etcd-keyfile go together/],
  [['--kubelet-client-key', 'x'], /--kubelet-client-certificate and --kubelet-client-key go together/],
  [['--service-cluster-ip-range', '10.0.0.0'], /--service-cluster-ip-range: invalid CIDR/],
  [['--service-node-port-range', '9-1'], /--service-node-port-range: invalid range/],
  [['--watch-cache-sizes', 'pods'], /--watch-cache-sizes: invalid value of watch cache size: pods$/],
  [['--watch-cache-sizes', 'nodes#1,pods#many'], /invalid size of watch cache size: pods#many$/],
  [['--watch-cache-sizes', 'pods#-1'], /watch cache size cannot be negative: pods#-1$/],
  [['--authorization-mode', 'Maybe'], /"Maybe" is not a valid mode/],
] as const) {
  test(`refused: ${argv.join(' ')}`, () => {
    assert.throws(
      () => checkFlags(parse(...argv)),
      (error) => error instanceof ConfigError && message.test(error.message),
    );
  });
}

test('sizes of watch caches go by resource and group', () => {
  const { watchCacheSizes } = parse('--watch-cache-sizes', 'pods#10,deployments.apps#0');
  assert.deepEqual(
    [...parseWatchCacheSizes(watchCacheSizes)],
    [
      ['pods', 10],
      ['deployments.apps', 0],
    ],
  );
});

test('the kubernetes Service has the first address of its range', () => {
  assert.equal(firstServiceIp('10.96.0.0/16'), '10.96.0.1');
  assert.equal(firstServiceIp('127.96.7.200/24'), '127.96.7.1');
});
