import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { forwardPorts } from './port-forward.js';

/** More than connections hold. */
const much = Buffer.alloc(16_000_000, 'much');
const address = '127.22.8.1';

/** In a pod: what says much and then leaves. */
const pod = createTcpServer((socket: Socket) => socket.end(much));
const kubelet = createServer();
kubelet.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
  const query = new URLSearchParams(request.url?.replace(/.*\?/, ''));
  const target = {
    description: 'to pod p',
    connect: async (port: number) => {
      if (port === 1) throw new Error('connection refused');
      return connect({ port: (pod.address() as AddressInfo).port, host: address, allowHalfOpen: true });
    },
  };
  void forwardPorts({ request, socket, head }, query, target);
});

before(async () => {
  for (const server of [pod, kubelet]) await once(server.listen(0, address), 'listening');
});
after(() => {
  pod.close();
  kubelet.close();
});

/** @returns what came on each channel until the connection was closed, without the ports' numbers */
async function forwarded(query: string): Promise<readonly string[]> {
  const { port } = kubelet.address() as AddressInfo;
  const socket = new WebSocket(`ws://${address}:${port}/?${query}`, 'v4.channel.k8s.io');
  const channels: readonly Buffer[][] = [[], [], [], []];
  socket.on('message', (message: Buffer) => {
    channels[message.readUInt8(0)]!.push(message.subarray(1));
    // A slow reader.
    socket.pause();
    setImmediate(() => socket.resume());
  });
  const [code] = await once(socket, 'close');
  assert.equal(code, 1000);
  return channels.map((chunks) => Buffer.concat(chunks).toString('latin1', 2));
}

test('the connection is closed once all forwarded ones have ended, and everything got through', async () => {
  const [data = '', error, otherData, otherError] = await forwarded('port=80&port=1');
  assert.equal(data.length, much.length);
  assert.deepEqual([error, otherData, otherError], ['', '', 'error forwarding port 1 to pod p: connection refused']);
});
