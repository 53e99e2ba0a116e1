import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Cancel } from '@flotilla/base';
import { udpIdleMs, udpSessionsMax } from '../../limits.js';
import { type Rule, targetKey } from '../../plan/rule.js';
import type { PortDeps, RulePort } from './rule-port.js';
import { TargetPicker } from './target-picker.js';

interface Session {
  readonly target: string;
  readonly upstream: Socket;
  /** What came before the socket was connected; undefined afterwards. */
  early: Buffer[] | undefined;
  seenMs: number;
}

/** Receives datagrams on one service address; each client gets a socket of its own towards its target, so that answers find back. */
export class UdpPort implements RulePort {
  readonly #deps: PortDeps;
  readonly #picker: TargetPicker;
  /** By `address port` of the client, longest unseen first. */
  readonly #sessions = new Map<string, Session>();
  #socket: Socket | undefined;
  #cancelSweep: Cancel | undefined;

  constructor(deps: PortDeps) {
    this.#deps = deps;
    this.#picker = new TargetPicker(deps.clock, deps.random);
  }

  async update(rule: Rule): Promise<void> {
    this.#picker.update(rule.targets, rule.affinityMs);
    // A datagram has no connection to keep: clients of an endpoint that is not ready any more move on at once.
    const usable = new Set(rule.targets.map(targetKey));
    for (const [client, session] of this.#sessions) if (!usable.has(session.target)) this.#end(client, session);
    if (rule.targets.length === 0) await this.close();
    else if (this.#socket === undefined) this.#socket = await this.#bind(rule);
  }

  async close(): Promise<void> {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    for (const [client, session] of this.#sessions) this.#end(client, session);
    this.#socket?.close();
    this.#socket = undefined;
  }

  destroy(): Promise<void> {
    return this.close();
  }

  #bind(rule: Rule): Promise<Socket> {
    const socket = createSocket(isIPv6(rule.address) ? 'udp6' : 'udp4');
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(rule.port, rule.address, () => {
        socket.off('error', reject);
        socket.on('error', (error) => this.#deps.log.warn({ err: error, service: rule.service }, 'datagram socket failed'));
        socket.on('message', (datagram, from) => this.#forward(datagram, from));
        resolve(socket);
      });
    });
  }

  #forward(datagram: Buffer, from: RemoteInfo): void {
    const client = `${from.address} ${from.port}`;
    const session = this.#sessions.get(client) ?? this.#open(from);
    if (session === undefined) return;
    session.seenMs = this.#deps.clock.monotonicMs();
    this.#sessions.delete(client);
    this.#sessions.set(client, session);
    this.#limit();
    if (session.early === undefined) session.upstream.send(datagram);
    else session.early.push(datagram);
  }

  #open(from: RemoteInfo): Session | undefined {
    const target = this.#picker.pick(from.address, new Set());
    if (target === undefined) return undefined;
    const client = `${from.address} ${from.port}`;
    const upstream = createSocket(isIPv6(target.ip) ? 'udp6' : 'udp4');
    const session: Session = { target: targetKey(target), upstream, early: [], seenMs: 0 };
    upstream.on('error', () => this.#end(client, session)); // refused by ICMP: the client's next datagram gets another target
    upstream.on('message', (answer) => this.#socket?.send(answer, from.port, from.address));
    upstream.connect(target.port, target.ip, () => {
      for (const datagram of session.early ?? []) upstream.send(datagram);
      session.early = undefined;
    });
    this.#sweepLater();
    return session;
  }

  #limit(): void {
    if (this.#sessions.size <= udpSessionsMax) return;
    for (const [client, session] of this.#sessions) {
      this.#end(client, session);
      return;
    }
  }

  #end(client: string, session: Session): void {
    if (this.#sessions.get(client) === session) this.#sessions.delete(client);
    session.upstream.removeAllListeners();
    session.upstream.on('error', () => {});
    try {
      session.upstream.close();
    } catch {
      // Already closed: an error event may come twice.
    }
  }

  #sweepLater(): void {
    this.#cancelSweep ??= this.#deps.clock.after(udpIdleMs, () => {
      this.#cancelSweep = undefined;
      const idleSinceMs = this.#deps.clock.monotonicMs() - udpIdleMs;
      for (const [client, session] of this.#sessions) if (session.seenMs <= idleSinceMs) this.#end(client, session);
      if (this.#sessions.size > 0) this.#sweepLater();
    });
  }
}
