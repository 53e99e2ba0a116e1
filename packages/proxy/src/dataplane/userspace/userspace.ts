import { errorMessage } from '@flotilla/base';
import { listenError } from '@flotilla/process';
import { type Rule, ruleKey } from '../../plan/rule.js';
import type { DataPlane, RuleFailure } from '../data-plane.js';
import type { PortDeps, RulePort } from './rule-port.js';
import { TcpPort } from './tcp-port.js';
import { UdpPort } from './udp-port.js';

export interface UserspaceOptions extends PortDeps {
  /** Whether this process may listen on addresses that the proxies of all nodes of a host share: all but node ports. */
  readonly servesShared: () => boolean;
}

/** Listens on the service addresses itself and relays in this process: needs no rights, works everywhere, costs CPU per byte. */
export class UserspaceDataPlane implements DataPlane {
  readonly name = 'userspace';
  readonly #options: UserspaceOptions;
  readonly #ports = new Map<string, RulePort>();

  constructor(options: UserspaceOptions) {
    this.#options = options;
  }

  async apply(rules: readonly Rule[]): Promise<readonly RuleFailure[]> {
    const mine = this.#options.servesShared() ? rules : rules.filter(({ kind }) => kind === 'nodePort');
    const wanted = new Map(mine.map((rule) => [ruleKey(rule), rule]));
    for (const [key, port] of this.#ports) {
      if (wanted.has(key)) continue;
      this.#ports.delete(key);
      await port.close();
    }
    const failures: RuleFailure[] = [];
    for (const [key, rule] of wanted) {
      try {
        await this.#port(key, rule).update(rule);
      } catch (error) {
        failures.push({ rule, error: explain(error, rule) });
      }
    }
    return failures;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#ports.values()].map((port) => port.destroy()));
    this.#ports.clear();
  }

  #port(key: string, rule: Rule): RulePort {
    let port = this.#ports.get(key);
    if (port === undefined) {
      port = rule.protocol === 'TCP' ? new TcpPort(rule, this.#options) : new UdpPort(this.#options);
      this.#ports.set(key, port);
    }
    return port;
  }
}

const privilegedPorts = 'ports below 1024 need root, CAP_NET_BIND_SERVICE, or a lower sysctl net.ipv4.ip_unprivileged_port_start';

function explain(error: unknown, { address, port }: Rule): Error {
  const listening = listenError(error, address, port);
  const message = errorMessage(listening);
  return new Error(message.endsWith('permission denied') ? `${message} (${privilegedPorts})` : message, { cause: error });
}
