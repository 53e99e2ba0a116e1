import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import test from 'node:test';
import { serveForTest } from '../serve-for-test.test.js';
import { etcdFound, startEtcd } from '../start-etcd.test.js';

/* Stock etcdctl, given a real etcd and our store: what it prints, complains of and ends with has to be the same. */

const ctlFound = spawnSync('etcdctl', ['version'], { env: { ...process.env, ETCDCTL_API: '3' } }).status === 0;

/** Commands in turn, and what some read from the standard input. */
const commands: readonly (string | readonly [command: string, input: string])[] = [
  ...['put a 1', 'put a 2 --prev-kv', 'put b', 'put b x y', 'put', 'put a 3 --lease=123'],
  ...['put a --ignore-value', 'put zz --ignore-value', 'put a 9 --ignore-lease', 'put a 9 --ignore-value'],
  ...[['put c', 'from the input'] as const, 'get a -w json', 'get a -w fields', 'get a -w simple --print-value-only'],
  ...['get a z --keys-only', 'get a --hex', 'get a --rev=2', 'get a --rev=99', 'get --prefix a --count-only -w fields'],
  ...['get a --order=FOO', 'get a --consistency=x', 'get', 'get x --limit=1 --sort-by=VERSION --order=DESCEND --prefix'],
  ...['del nothing', 'del a --prev-kv -w json', 'del --from-key b', 'del'],
  ...[['txn -i', 'value("x") = "1"\n\nput x 1\n\nput y 2\n\n'] as const, ['txn', 'bogus\n\n\n\n'] as const],
  ...[['txn', 'create("a") > "0"\n\nget a\n\nget b\n\n'] as const, ['txn -w json', '\nput q 1\ndel q2\nget q\n\n\n'] as const],
  ...['lease grant', 'lease grant abc', 'lease grant 5000000000000', 'lease revoke 77', 'lease timetolive 77', 'lease list'],
  ...['lease timetolive 77 -w json', 'lease keep-alive --once 77', 'lease keep-alive 77'],
  ...['compaction 3', 'compaction 3', 'compaction 9999', 'compaction', 'compaction 5 --physical', 'get a --rev=2'],
  ...['watch x --rev=2', 'watch', 'elect e', 'elect --listen noone more', 'lock'],
  ...['alarm list', 'alarm disarm', 'defrag', 'endpoint hashkv --rev=x', 'move-leader zz'],
  ...['member update 1234', 'member add n2', 'member add n2 --peer-urls=x', 'member promote zz'],
  ...['user list', 'role list', 'auth enable', 'user get u', 'role get r', 'get x --from-key --keys-only'],
];

test('etcdctl cannot tell', { timeout: 120_000, skip: etcdFound && ctlFound ? false : 'etcd is not installed' }, async () => {
  const etcd = await startEtcd();
  const ours = await serveForTest();
  try {
    for (const command of commands) {
      const [theirs, own] = await Promise.all([etcdctl(etcd.url, command), etcdctl(ours.url, command)]);
      assert.deepEqual(own, theirs, String(command));
    }
  } finally {
    await ours.close();
    await etcd.stop();
  }
});

function etcdctl(url: string, command: string | readonly [command: string, input: string]): Promise<object> {
  const [line, input = ''] = typeof command === 'string' ? [command] : command;
  const env = { ...process.env, ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: url };
  return new Promise((resolve) => {
    const child = execFile('etcdctl', line.split(' '), { env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout: comparable(stdout), stderr: comparable(stderr) });
    });
    child.stdin?.on('error', () => {}); // it ended without reading
    child.stdin?.end(input);
  });
}

/** Ids, terms, addresses and times are each one's own. */
function comparable(text: string): string {
  return text
    .replace(/"(cluster_id|member_id|raft_term)":\d+,?/g, '')
    .replace(/"(ClusterID|MemberID|RaftTerm)" : \d+/g, '')
    .replace(/"ts":"[^"]*"/g, '')
    .replace(/127\.0\.0\.1:\d+/g, 'address')
    .replace(/endpoint:\/\/client-[0-9a-f-]+/g, 'endpoint');
}
