import { isIPv6 } from 'node:net';
import type { Logger } from '@flotilla/base';
import { routeProtocol } from '../limits.js';
import type { PodRoute } from '../plan/plan-routes.js';
import type { RunIp } from './ip-command.js';

const tag = ['proto', String(routeProtocol)];

/** The kernel's routes that carry our tag; all others are out of reach. */
export class RouteTable {
  readonly #run: RunIp;
  readonly #log: Logger;

  constructor(run: RunIp, log: Logger) {
    this.#run = run;
    this.#log = log;
  }

  /**
   * Makes exactly these pod routes exist. Those already there are not touched.
   * @throws IpCommandError after everything else was tried
   */
  async sync(wanted: readonly PodRoute[]): Promise<void> {
    const present = new Map((await this.#list()).map((route) => [route.destination, route.via]));
    const failures: unknown[] = [];
    const attempt = async (change: string, route: PodRoute, args: readonly string[]) => {
      try {
        await this.#run([family(route.destination), 'route', ...args, ...tag]);
        this.#log.info({ ...route }, change);
      } catch (error) {
        if (isForeign(error)) this.#log.debug({ ...route }, 'a route of somebody else leads there');
        else failures.push(error);
      }
    };
    const destinations = new Set(wanted.map(({ destination }) => destination));
    for (const [destination, via] of present) {
      if (!destinations.has(destination)) await attempt('route removed', { destination, via }, ['del', destination, 'via', via]);
    }
    for (const route of wanted) {
      if (present.get(route.destination) === route.via) continue;
      // `replace` would also take over a route that is not ours.
      const verb = present.has(route.destination) ? 'replace' : 'add';
      await attempt('route set', route, [verb, route.destination, 'via', route.via]);
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Makes every address of a range local to this host, so that a process may listen on it. Idempotent. */
  async makeLocal(range: string): Promise<void> {
    await this.#run([family(range), 'route', 'replace', 'local', range, 'dev', 'lo', ...tag]);
  }

  /** Removes all that carries our tag: `--cleanup`. */
  async removeAll(): Promise<void> {
    for (const version of ['-4', '-6']) {
      for (const table of ['main', 'local']) {
        const flushed = this.#run([version, 'route', 'flush', 'table', table, ...tag]);
        await (version === '-4' ? flushed : flushed.catch(() => undefined));
      }
    }
  }

  async #list(): Promise<readonly PodRoute[]> {
    const show = (version: string) => this.#run(['-j', version, 'route', 'show', ...tag]);
    // A kernel without IPv6 has no such routes.
    const texts = await Promise.all([show('-4'), show('-6').catch(() => '')]);
    return texts.flatMap(parseRoutes);
  }
}

function isForeign(error: unknown): boolean {
  return error instanceof Error && error.message.includes('File exists');
}

function family(destination: string): string {
  return isIPv6(destination.split('/')[0] ?? '') ? '-6' : '-4';
}

/** Reads `ip -j route show`; a single host is printed without its prefix length. */
export function parseRoutes(text: string): readonly PodRoute[] {
  if (text.trim() === '') return [];
  const rows = JSON.parse(text) as readonly { dst?: string; gateway?: string }[]; // iproute2's own format
  return rows.flatMap(({ dst, gateway }) => {
    if (dst === undefined || gateway === undefined) return [];
    return [{ destination: dst.includes('/') ? dst : `${dst}/${isIPv6(dst) ? 128 : 32}`, via: gateway }];
  });
}
