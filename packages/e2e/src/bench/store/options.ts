import { parseArgs } from 'node:util';
import { etcdInstalled, type StoreProgram } from '../../harness/store-cluster.js';
import { type FaceName, faceNames } from './faces/face.js';

const scenarioNames = ['put', 'range', 'txn', 'fan-out', 'failover', 'memory', 'check-perf'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

export interface BenchOptions {
  readonly only: readonly ScenarioName[];
  /** Ours, and etcd where it is installed. */
  readonly programs: readonly StoreProgram[];
  readonly faces: readonly FaceName[];
  readonly clients: readonly number[];
  readonly connections: number;
  readonly valueBytes: readonly number[];
  readonly keys: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly loads: readonly string[];
  /** And as many events. */
  readonly watchers: number;
  readonly memoryKeys: number;
  /** Wait for memory to settle before it is measured. */
  readonly settle: boolean;
  readonly tls: boolean;
  readonly json: boolean;
}

export const usage = `usage: pnpm bench store [options]
  --only put,range,…     of ${scenarioNames.join(', ')}
  --against etcd|none    etcd as well, where it is installed (default), or our store alone
  --faces native,…       of ${faceNames.join(', ')}
  --clients 1,64,512     closed loops: so many requests under way
  --conns 3              connections that they share
  --values 256,1024      bytes of a value
  --seconds 3            of each measurement, after one of warming up
  --rounds 3             of which the median is shown
  --loads l              of etcdctl check perf: s, m, l
  --tls                  certificates on all ports, and asked of everybody
  --quick                one short round of a few
  -o json                for programs`;

/** @throws TypeError for an option that does not exist */
export function parseOptions(args: readonly string[]): BenchOptions {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ only: text, against: text, faces: text, clients: text, conns: text, values: text, seconds: text, rounds: text },
      ...{ keys: text, loads: text, tls: flag, quick: flag, output: { type: 'string', short: 'o' } },
    },
  });
  const quick = values.quick === true;
  const numbers = (given: string | undefined, otherwise: readonly number[]) => given?.split(',').map(Number) ?? otherwise;
  return {
    only: names(values.only, scenarioNames),
    programs: values.against !== 'none' && etcdInstalled() ? ['flotilla', 'etcd'] : ['flotilla'],
    faces: names(values.faces, faceNames),
    clients: numbers(values.clients, quick ? [1, 64] : [1, 64, 512]),
    connections: Number(values.conns ?? 3),
    valueBytes: numbers(values.values, quick ? [256] : [256, 1_024]),
    keys: Number(values.keys ?? 10_000),
    rounds: Number(values.rounds ?? (quick ? 1 : 3)),
    seconds: Number(values.seconds ?? (quick ? 0.5 : 3)),
    warmUpSeconds: quick ? 0.5 : 1,
    loads: values.loads?.split(',') ?? (quick ? [] : ['l']),
    watchers: quick ? 50 : 1_000,
    memoryKeys: quick ? 1_000 : 100_000,
    settle: !quick,
    tls: values.tls === true,
    json: values.output === 'json',
  };
}

function names<T extends string>(given: string | undefined, known: readonly T[]): readonly T[] {
  if (given === undefined) return known;
  return given.split(',').map((name) => {
    const found = known.find((each) => each === name);
    if (found === undefined) throw new TypeError(`${name} is none of ${known.join(', ')}`);
    return found;
  });
}
