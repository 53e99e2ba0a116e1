import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Target } from './specs.js';

const scenarioNames = ['load', 'watchers', 'restart'] as const;
type ScenarioName = (typeof scenarioNames)[number];

export interface BenchOptions {
  readonly only: readonly ScenarioName[];
  /** A server that runs already; undefined: one of ours, started for this. */
  readonly against: Target | undefined;
  readonly pods: number;
  readonly restartPods: number;
  readonly watchers: readonly number[];
  readonly seconds: number;
  readonly json: boolean;
}

export const usage = `usage: pnpm bench apiserver [options]
  --only load,watchers,…  of ${scenarioNames.join(', ')}
  --against URL           a Kubernetes API server that runs already, instead of one of ours (no restart then)
  --ca, --cert, --key     files: its authority, and the client certificate to come with
  --token TOKEN           to come with instead
  --pods 5000             that are created, read, changed and deleted
  --restart-pods 50000    that are there when a server starts
  --watchers 500,5000
  --seconds 5             of each measurement without an end of its own
  --quick                 a little of everything
  -o json                 for programs`;

/** @throws TypeError for an option that does not exist */
export function parseOptions(args: readonly string[]): BenchOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ only: text, against: text, ca: text, cert: text, key: text, token: text, pods: text, watchers: text, seconds: text },
      ...{ 'restart-pods': text, quick: { type: 'boolean' }, output: { type: 'string', short: 'o' } },
    },
  });
  const quick = values.quick === true;
  const file = (name: 'ca' | 'cert' | 'key') => {
    const path = values[name];
    return path === undefined ? {} : { [name]: readFileSync(path, 'utf8') };
  };
  const { hostname: host, port } = new URL(values.against ?? 'https://127.0.0.1');
  const credentials = { ...file('ca'), ...file('cert'), ...file('key') };
  const against = { host, port: Number(port || 443), ...credentials, ...(values.token ? { token: values.token } : {}), pids: [] };
  const wanted = values.only?.split(',');
  return {
    only: scenarioNames.filter((name) => wanted?.includes(name) ?? true),
    against: values.against === undefined ? undefined : against,
    pods: Number(values.pods ?? (quick ? 200 : 5_000)),
    restartPods: Number(values['restart-pods'] ?? (quick ? 500 : 50_000)),
    watchers: (values.watchers ?? (quick ? '20' : '500,5000')).split(',').map(Number),
    seconds: Number(values.seconds ?? (quick ? 0.5 : 5)),
    json: values.output === 'json',
  };
}
