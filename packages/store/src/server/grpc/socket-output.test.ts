import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import test from 'node:test';
import { OutputTurns, SocketOutput } from './socket-output.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what is written in a turn leaves in one write, and the end comes last', { timeout: 10_000 }, async () => {
  let heard = '';
  const listener = createServer((peer) => {
    peer.on('data', (chunk) => {
      heard += String(chunk);
    });
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const socket = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  const writes: string[] = [];
  const write = socket.write.bind(socket);
  socket.write = (chunk: Buffer) => {
    writes.push(String(chunk));
    return write(chunk);
  };
  const traffic = { sentBytes: 0 };
  const output = new SocketOutput(socket, new OutputTurns(traffic));
  output.write(Buffer.from('a'));
  output.write(Buffer.from('b'));
  assert.deepEqual([writes, output.unsentBytes], [[], 2]);
  await turn();
  assert.deepEqual([writes, traffic.sentBytes], [['ab'], 2]);
  output.write(Buffer.from('c'));
  output.end();
  await closed;
  assert.deepEqual(writes, ['ab', 'c']);
  while (heard !== 'abc') await turn();
  listener.close();
});
