import { createServer, type Server, type Socket } from 'node:net';
import { errorMessage } from '@flotilla/base';
import { abortSocket, connectTcp, type Relayed, relaySockets } from '@flotilla/process';
import { connectionsPerRuleMax, connectTimeoutMs, keepAliveDelayMs, lastConnectTimeoutMs } from '../../limits.js';
import { type Rule, type Target, targetKey } from '../../plan/rule.js';
import type { PortDeps, RulePort } from './rule-port.js';
import { TargetPicker } from './target-picker.js';

/** Listens on one service address and relays each connection to a target. */
export class TcpPort implements RulePort {
  readonly #deps: PortDeps;
  readonly #picker: TargetPicker;
  readonly #connections = new Map<Relayed, string>();
  readonly #connecting = new Set<Socket>();
  #server: Server | undefined;
  #rule: Rule;

  constructor(rule: Rule, deps: PortDeps) {
    this.#rule = rule;
    this.#deps = deps;
    this.#picker = new TargetPicker(deps.clock, deps.random);
  }

  async update(rule: Rule): Promise<void> {
    this.#rule = rule;
    this.#picker.update(rule.targets, rule.affinityMs);
    for (const [connection, target] of this.#connections) if (!rule.known.has(target)) connection.reset();
    // Without a listener the kernel itself refuses: the address is local.
    if (rule.targets.length === 0) await this.close();
    else if (this.#server === undefined) this.#server = await this.#listen(rule);
  }

  close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    // Not waited for: Node.js calls back only after the last connection has ended, but stops listening at once.
    server?.close();
    return Promise.resolve();
  }

  async destroy(): Promise<void> {
    await this.close();
    for (const socket of this.#connecting) abortSocket(socket);
    for (const connection of this.#connections.keys()) connection.reset();
  }

  #listen(rule: Rule): Promise<Server> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => this.#accept(client));
    server.maxConnections = connectionsPerRuleMax;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(rule.port, rule.address, () => {
        server.off('error', reject);
        server.on('error', (error) => this.#deps.log.warn({ err: error, service: rule.service }, 'listener failed'));
        resolve(server);
      });
    });
  }

  #accept(client: Socket): void {
    client.setKeepAlive(true, keepAliveDelayMs);
    client.on('error', () => {}); // a client that left while we connect: `close` follows and ends the matter
    this.#connecting.add(client);
    this.#serve(client)
      .catch((error) => {
        this.#deps.log.error({ err: error, service: this.#rule.service }, 'connection failed');
        abortSocket(client);
      })
      .finally(() => this.#connecting.delete(client));
  }

  /** Tries targets until one accepts; nothing of the client was read yet, so trying the next one is safe. */
  async #serve(client: Socket): Promise<void> {
    const tried = new Set<string>();
    const from = client.remoteAddress ?? '';
    for (let target = this.#picker.pick(from, tried); target !== undefined; target = this.#picker.pick(from, tried)) {
      tried.add(targetKey(target));
      const timeoutMs = tried.size < this.#picker.size ? connectTimeoutMs : lastConnectTimeoutMs;
      let upstream: Socket;
      try {
        upstream = await connectTcp({ host: target.ip, port: target.port }, timeoutMs, this.#deps.clock);
      } catch (error) {
        const detail = errorMessage(error);
        this.#deps.log.debug({ service: this.#rule.service, target: targetKey(target), detail }, 'endpoint does not answer');
        if (client.destroyed) return;
        continue;
      }
      if (client.destroyed) upstream.destroy();
      else this.#join(client, upstream, target);
      return;
    }
    abortSocket(client);
  }

  #join(client: Socket, upstream: Socket, target: Target): void {
    upstream.setKeepAlive(true, keepAliveDelayMs);
    const connection = relaySockets(client, upstream, this.#deps.clock, (closed) => this.#connections.delete(closed));
    this.#connections.set(connection, targetKey(target));
  }
}
