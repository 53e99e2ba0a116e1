import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { addUpOptions, readUpOptions } from './options.js';

const file = fileURLToPath(import.meta.url);

function read(...args: string[]) {
  const command = new Command().exitOverride();
  addUpOptions(command);
  return readUpOptions({ stateDir: '/s', ...command.parse(args, { from: 'user' }).opts() });
}

test('an external etcd takes the place of the store, and then control planes need no majority', () => {
  assert.equal(read().cluster.externalStore, undefined);
  const given = ['--control-planes=2', '--etcd-servers=https://a:2379,https://b:2379', '--etcd-cafile', file];
  assert.deepEqual(read(...given).cluster.externalStore, { endpoints: ['https://a:2379', 'https://b:2379'], caFile: file });
});

test('mistakes are named', () => {
  for (const [args, message] of [
    [['--control-planes=2'], /--control-planes: want an odd number/],
    [['--nodes=0'], /--nodes: want a whole number from 1 to 200/],
    [['--etcd-servers=a:2379'], /--etcd-servers: invalid URL "a:2379", want https:\/\/host:port/],
    [['--etcd-servers=https://a:2379', '--etcd-keyfile=/no/such'], /open \/no\/such: cannot be read/],
    [['--etcd-cafile', file], /go with --etcd-servers/],
  ] as const) {
    assert.throws(() => read(...args), message);
  }
});
