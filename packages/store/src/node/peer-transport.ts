import type { Clock, Logger, Random } from '@flotilla/base';
import type { Message } from '@flotilla/raft';
import type { WebSocket } from 'ws';
import type { ClusterMember } from '../member.js';
import { decodeMessages, encodeMessage } from './frame-codec.js';
import { formatId } from './ids.js';
import { Peer } from './peer.js';
import { dialPeer } from './peer-dialer.js';
import type { PeerIdentity } from './peer-identity.js';
import { PeerListener, type PeerPages, type PeerTls } from './peer-listener.js';
import { SocketStream } from './socket-stream.js';
import type { SnapshotStream, Transport, TransportEvents } from './transport.js';

export interface PeerTransportOptions {
  readonly listenUrls: readonly URL[];
  readonly tls: PeerTls | undefined;
  readonly self: PeerIdentity;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly members: () => readonly ClusterMember[];
  readonly pages: PeerPages;
  /** Whether this id once was a member and was removed. */
  readonly isRemoved: (id: bigint) => boolean;
}

/**
 * Connections with all other members. Each member dials each other and sends on the connection that it made; what
 * arrives on connections that others made is handed to the driver.
 */
export class PeerTransport implements Transport {
  readonly #options: PeerTransportOptions;
  readonly #events: TransportEvents;
  readonly #listener: PeerListener;
  readonly #peers = new Map<bigint, Peer>();
  /** The connection that each member made to us. */
  readonly #incoming = new Map<bigint, WebSocket>();
  receiveFailures = 0;

  constructor(options: PeerTransportOptions, events: TransportEvents) {
    this.#options = options;
    this.#events = events;
    this.#listener = new PeerListener({
      urls: options.listenUrls,
      tls: options.tls,
      self: options.self,
      log: options.log,
      isRemoved: options.isRemoved,
      members: options.members,
      pages: options.pages,
      onConnection: (from, path, socket) => this.#onConnection(from, path, socket),
    });
  }

  async listen(): Promise<void> {
    await this.#listener.listen();
  }

  setMembers(members: readonly ClusterMember[]): void {
    for (const [id, peer] of this.#peers) {
      const member = members.find((candidate) => candidate.id === id);
      if (member !== undefined && sameUrls(member.peerUrls, peer.urls)) continue;
      peer.close();
      this.#peers.delete(id);
      this.#events.onUnreachable(id); // what was on its way may be lost
      if (member === undefined) this.#incoming.get(id)?.terminate(); // dialling again, it is told why
    }
    for (const { id, peerUrls } of members) {
      if (id !== this.#options.self.memberId && !this.#peers.has(id)) this.#peers.set(id, this.#newPeer(id, peerUrls));
    }
  }

  send(message: Message): boolean {
    const sent = this.#peers.get(message.to)?.send(encodeMessage(message)) === true;
    if (!sent) this.#events.onUnreachable(message.to);
    return sent;
  }

  async openSnapshotStream(to: bigint): Promise<SnapshotStream> {
    const { self, tls } = this.#options;
    const [url] = this.#peers.get(to)?.urls ?? [];
    if (url === undefined) throw new Error('the member is not known');
    return new SocketStream(await dialPeer(url, '/raft/snapshot', to, self, tls?.material));
  }

  peers(): Iterable<Peer> {
    return this.#peers.values();
  }

  async close(): Promise<void> {
    for (const peer of this.#peers.values()) peer.close();
    await this.#listener.close();
  }

  #newPeer(id: bigint, urls: readonly string[]): Peer {
    const { self, tls, clock, random, log } = this.#options;
    const onUp = () => this.#events.onUp(id);
    const onDown = () => this.#events.onDown(id);
    const onRemoved = () => this.#events.onRemoved();
    return new Peer({ id, urls, self, tls: tls?.material, clock, random, log, onUp, onDown, onRemoved });
  }

  #onConnection(from: bigint, path: string, socket: WebSocket): void {
    if (path === '/raft/snapshot') {
      this.#events.onSnapshotStream(from, new SocketStream(socket));
      return;
    }
    socket.on('error', () => socket.terminate());
    this.#peers.get(from)?.dialNow();
    socket.on('message', (data: Buffer) => this.#receive(from, data, socket));
    // A member that dials again has given up its earlier connection, even if TCP here has not noticed.
    this.#incoming.get(from)?.terminate();
    this.#incoming.set(from, socket);
    socket.on('close', () => {
      if (this.#incoming.get(from) !== socket) return;
      this.#incoming.delete(from);
      this.#events.onDown(from);
    });
  }

  #receive(from: bigint, data: Buffer, socket: WebSocket): void {
    const peer = this.#peers.get(from);
    if (peer !== undefined) peer.receivedBytes += data.length;
    let messages: readonly Message[];
    try {
      messages = decodeMessages(data);
      const { memberId } = this.#options.self;
      if (messages.some(({ from: sender, to }) => sender !== from || to !== memberId))
        throw new RangeError('frame: wrong addressee');
    } catch (error) {
      this.receiveFailures++;
      this.#options.log.warn({ err: error, peer: formatId(from) }, 'bad frame from remote peer');
      socket.terminate();
      return;
    }
    for (const message of messages) this.#events.onMessage(message);
  }
}

function sameUrls(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((url, i) => url === b[i]);
}
