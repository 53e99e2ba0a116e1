import type { Duplex, Readable, Writable } from 'node:stream';
import { commandStreamsMax, streamCreationTimeoutMs } from '../../limits.js';
import { SpdyConnection } from './spdy/connection.js';
import type { SpdyStream } from './spdy/stream.js';
import { acceptSpdy, acceptWebSocket, negotiate, type UpgradeRequest, upgradeKind } from './upgrade.js';
import { base64Channels, binaryChannels, ChannelSocket } from './websocket/channels.js';

/** Which of a command's streams the client wants. */
export interface WantedStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** The client's ends of a command's streams, whichever way they are carried. */
export interface RemoteStreams {
  readonly protocol: string;
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  /** How large the client's terminal is, as JSON documents. */
  readonly resize: Readable | undefined;
  /** What became of the command. */
  readonly error: Writable;
  /** Resolves when the connection has ended, however. */
  readonly closed: Promise<void>;
  /** Closes the connection once all that was written has gone out. */
  close(): void;
}

/** Newest first. v5 is v4 with a way to say that stdin has ended; the older ones tell errors as text. */
const spdyProtocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io', ''];
const webSocketProtocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
  '',
];
/** Those SPDY protocols in which a terminal's size has a stream. */
const resizable: ReadonlySet<string> = new Set(['v4.channel.k8s.io', 'v3.channel.k8s.io']);
const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/** Leaves HTTP and waits for the client to open its streams. @throws HttpError while there still is HTTP to answer in */
export async function acceptStreams(upgrade: UpgradeRequest, wanted: WantedStreams): Promise<RemoteStreams | undefined> {
  const kind = upgradeKind(upgrade.request);
  const protocol = negotiate(kind, upgrade.request, kind === 'spdy' ? spdyProtocols : webSocketProtocols);
  if (kind === 'spdy') return spdyStreams(acceptSpdy(upgrade, protocol), protocol, wanted);
  const socket = await acceptWebSocket(upgrade, protocol);
  return webSocketStreams(
    new ChannelSocket(socket, protocol.includes('base64') ? base64Channels : binaryChannels),
    protocol,
    wanted,
  );
}

function webSocketStreams(socket: ChannelSocket, protocol: string, wanted: WantedStreams): RemoteStreams {
  const open = (name: keyof typeof channels, when: boolean) => (when ? socket.channel(channels[name]) : undefined);
  const streams = {
    protocol,
    stdin: open('stdin', wanted.stdin),
    stdout: open('stdout', wanted.stdout),
    stderr: open('stderr', wanted.stderr),
    resize: open('resize', wanted.tty),
    error: socket.channel(channels.error),
    closed: socket.closed,
    close: () => socket.close(),
  };
  // An empty message says to the client that it is connected.
  (streams.stdout ?? streams.stderr ?? streams.error).write('');
  return streams;
}

/** @returns undefined when the client has not opened all of its streams in time, or has gone */
async function spdyStreams(socket: Duplex, protocol: string, wanted: WantedStreams): Promise<RemoteStreams | undefined> {
  const expected = (['stdin', 'stdout', 'stderr'] as const).filter((name) => wanted[name]);
  const all = ['error', ...expected, ...(wanted.tty && resizable.has(protocol) ? ['resize'] : [])];
  const streams = new Map<string, SpdyStream>();
  let complete = () => {};
  const opened = new Promise<void>((resolve) => {
    complete = resolve;
  });
  const connection = new SpdyConnection(socket, {
    role: 'server',
    streamsMax: commandStreamsMax,
    onStream(stream) {
      streams.set(stream.headers.get('streamtype') ?? '', stream);
      if (all.every((name) => streams.has(name))) complete();
    },
  });
  const timer = setTimeout(() => connection.destroy(), streamCreationTimeoutMs);
  await Promise.race([opened, connection.closed]);
  clearTimeout(timer);
  const error = streams.get('error');
  if (error === undefined || !all.every((name) => streams.has(name))) return undefined;
  for (const stream of [error, streams.get('stdout'), streams.get('stderr')]) stream?.resume(); // nothing but their end comes on them
  const found = (name: 'stdin' | 'stdout' | 'stderr') => (wanted[name] ? streams.get(name) : undefined);
  return {
    protocol,
    stdin: found('stdin'),
    stdout: found('stdout'),
    stderr: found('stderr'),
    resize: streams.get('resize'),
    error,
    closed: connection.closed,
    close: () => connection.close(),
  };
}
