import { fileURLToPath } from 'node:url';
import { output } from '../../harness/command.js';

const generatorTimeoutMs = 600_000;

/** Runs a load generator, a process of its own, to its end. @returns what it printed, which is what its kind of specification promises */
export async function runGenerator<Result>(script: URL, spec: object): Promise<Result> {
  const args = [fileURLToPath(script), JSON.stringify(spec)];
  const text = await output(process.execPath, args, { timeoutMs: generatorTimeoutMs });
  return JSON.parse(text, (_, value: unknown) => (value === null ? Number.NaN : value)) as Result; // JSON has no other NaN
}
