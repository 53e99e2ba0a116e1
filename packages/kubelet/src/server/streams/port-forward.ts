import type { Duplex } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { errorMessage } from '@flotilla/base';
import { createWebSocketStream } from 'ws';
import { forwardedStreamsMax, forwardPairTimeoutMs } from '../../limits.js';
import { HttpError } from '../http-error.js';
import { SpdyConnection } from './spdy/connection.js';
import type { SpdyStream } from './spdy/stream.js';
import { acceptSpdy, acceptWebSocket, negotiate, type UpgradeRequest, upgradeKind } from './upgrade.js';
import { base64Channels, binaryChannels, ChannelSocket } from './websocket/channels.js';

/** Where forwarded connections lead. */
export interface ForwardTarget {
  /** For messages: `to pod <id>, uid <uid>`. */
  readonly description: string;
  connect(port: number): Promise<Duplex>;
}

const spdyProtocol = 'portforward.k8s.io';
/** SPDY carried in the messages of a WebSocket, for what lies between and knows WebSockets alone (KEP-4006). */
const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io';
const channelProtocols = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io', ''];

/** Carries connections to ports of a pod until the client has gone. @throws HttpError while there still is HTTP to answer in */
export async function forwardPorts(upgrade: UpgradeRequest, query: URLSearchParams, target: ForwardTarget): Promise<void> {
  const kind = upgradeKind(upgrade.request);
  if (kind === 'spdy') {
    const protocol = negotiate(kind, upgrade.request, [spdyProtocol]);
    return forwardOverSpdy(acceptSpdy(upgrade, protocol), target);
  }
  const protocol = negotiate(kind, upgrade.request, [tunnelProtocol, ...channelProtocols]);
  if (protocol === tunnelProtocol) {
    const socket = await acceptWebSocket(upgrade, protocol);
    return forwardOverSpdy(createWebSocketStream(socket), target);
  }
  const ports = portsOf(query);
  const codec = protocol.includes('base64') ? base64Channels : binaryChannels;
  return forwardOverChannels(new ChannelSocket(await acceptWebSocket(upgrade, protocol), codec), ports, target);
}

/** A connection is a pair of streams, `data` and `error`, of one `requestID`. */
async function forwardOverSpdy(socket: Duplex, target: ForwardTarget): Promise<void> {
  const waiting = new Map<string, SpdyStream>();
  const connection = new SpdyConnection(socket, {
    role: 'server',
    streamsMax: forwardedStreamsMax,
    onStream(stream) {
      const id = stream.headers.get('requestid') ?? '';
      const other = waiting.get(id);
      if (other === undefined) {
        waiting.set(id, stream);
        const timer = setTimeout(() => waiting.delete(id) && stream.destroy(), forwardPairTimeoutMs);
        stream.once('close', () => {
          clearTimeout(timer);
          if (waiting.get(id) === stream) waiting.delete(id);
        });
        return;
      }
      waiting.delete(id);
      const [data, error] = stream.headers.get('streamtype') === 'error' ? [other, stream] : [stream, other];
      void forwardOne(data, error, Number(stream.headers.get('port')), target);
    },
  });
  await connection.closed;
}

/** Channels 2n and 2n+1 are data and errors of the n-th port; each begins with the port's number. It ends once no pod has more to say. */
async function forwardOverChannels(socket: ChannelSocket, ports: readonly number[], target: ForwardTarget): Promise<void> {
  const forwarded = ports.map((port, index) => {
    const [data, error] = [socket.channel(2 * index), socket.channel(2 * index + 1)];
    const number = Buffer.alloc(2);
    number.writeUInt16LE(port);
    data.write(number);
    error.write(number);
    void forwardOne(data, error, port, target);
    return finished(data, { readable: false });
  });
  void Promise.allSettled(forwarded).then(() => socket.close());
  await socket.closed;
}

async function forwardOne(data: Duplex, error: Duplex, port: number, target: ForwardTarget): Promise<void> {
  error.resume();
  try {
    if (!isPort(port)) throw new Error(`unable to parse port: ${port}`);
    const connection = await target.connect(port);
    connection.on('error', () => {}); // both pipelines below see it
    const there = pipeline(data, connection);
    const back = pipeline(connection, data);
    await Promise.allSettled([there, back]);
    connection.destroy();
    error.end();
  } catch (problem) {
    error.end(`error forwarding port ${port} ${target.description}: ${errorMessage(problem)}`);
    data.end();
  }
}

function portsOf(query: URLSearchParams): number[] {
  const ports = query
    .getAll('port')
    .flatMap((text) => text.split(','))
    .map(Number);
  if (ports.length === 0) throw new HttpError(400, 'query parameter "port" is required');
  const bad = ports.find((port) => !isPort(port));
  if (bad !== undefined) throw new HttpError(400, `invalid port: ${bad}`);
  return ports;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port <= 65_535;
}
