import type { EndpointSlice, Node, Service } from '@flotilla/api';
import type { Logger } from '@flotilla/base';
import type { ObjectReader } from '@flotilla/client';
import type { DataPlane, RuleFailure } from './dataplane/data-plane.js';
import { nodePortAddresses } from './plan/node-port-addresses.js';
import { planRules } from './plan/plan-rules.js';
import { ruleKey } from './plan/rule.js';

export interface ProxierDeps {
  readonly services: Pick<ObjectReader<Service>, 'list'>;
  readonly slices: Pick<ObjectReader<EndpointSlice>, 'list'>;
  readonly nodes: Pick<ObjectReader<Node>, 'get'>;
  readonly dataPlane: DataPlane;
  readonly nodeName: string;
  /** `--nodeport-addresses` */
  readonly nodePortRanges: readonly string[];
  /** Addresses of this host's interfaces. */
  readonly hostAddresses: () => readonly string[];
  readonly log: Logger;
}

/** One pass: what is wanted now, made true now. */
export class Proxier {
  readonly #deps: ProxierDeps;
  #reported: ReadonlyMap<string, string> = new Map();
  /** Rules of the last pass, and how many of them could not be applied. */
  readonly stats = { rules: 0, failed: 0 };

  constructor(deps: ProxierDeps) {
    this.#deps = deps;
  }

  /** @returns false when some rule could not be made true, so that it should be tried again */
  async sync(): Promise<boolean> {
    const { services, slices, nodes, nodeName, nodePortRanges, hostAddresses, dataPlane } = this.#deps;
    const rules = planRules({
      services: services.list(),
      slices: slices.list(),
      nodeName,
      nodePortAddresses: nodePortAddresses(nodes.get(nodeName), nodePortRanges, hostAddresses()),
    });
    const failures = await dataPlane.apply(rules);
    this.stats.rules = rules.length;
    this.stats.failed = failures.length;
    this.#report(failures);
    return failures.length === 0;
  }

  /** Says each problem once, not at every retry. */
  #report(failures: readonly RuleFailure[]): void {
    const now = new Map(failures.map(({ rule, error }) => [ruleKey(rule), error.message]));
    for (const { rule, error } of failures) {
      if (this.#reported.get(ruleKey(rule)) === error.message) continue;
      this.#deps.log.warn({ service: rule.service, kind: rule.kind, rule: ruleKey(rule), detail: error.message }, 'cannot serve');
    }
    this.#reported = now;
  }
}
