import { errorMessage, pick, type Random, seededRandom } from '@flotilla/base';

/** One decoder under attack. */
export interface Target<Input = unknown> {
  readonly name: string;
  /** Something to decode, made from nothing but `random`. */
  input(random: Random): Input;
  /** May throw what `refuses` knows. */
  decode(input: Input): unknown;
  /** Whether an error is the decoder's way to say that the input is bad. */
  refuses(error: unknown): boolean;
}

/** Longer than any input of a few kilobytes may hold up everybody else, on a machine that has other work to do. */
const decodeMsMax = 5_000;

/** A broken promise, with all that is needed to see it again. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
}

/**
 * Gives `cases` inputs to decoders by turns of chance. The same seed makes the same inputs.
 * @throws FuzzFailure when one fails in a way that is not the input's fault, takes too long, or changes what all objects inherit
 */
export async function attack(targets: readonly Target[], seed: number, cases: number): Promise<void> {
  const random = seededRandom(seed);
  const inherited = inheritedNames();
  for (let i = 0; i < cases; i++) {
    const target = pick(random, targets);
    const input = target.input(random);
    const problem = await problemOf(target, input);
    const polluted = inheritedNames() !== inherited;
    if (problem === undefined && !polluted) continue;
    const what = problem ?? 'changes what all objects inherit';
    throw new FuzzFailure(`seed ${seed}, case ${i}, ${target.name}: ${what}\n${shown(input)}`);
  }
}

async function problemOf(target: Target, input: unknown): Promise<string | undefined> {
  const startMs = performance.now();
  try {
    await target.decode(input);
  } catch (error) {
    if (!target.refuses(error)) return error instanceof Error ? (error.stack ?? error.message) : errorMessage(error);
  }
  const tookMs = performance.now() - startMs;
  return tookMs > decodeMsMax ? `takes ${Math.round(tookMs)} ms` : undefined;
}

function inheritedNames(): string {
  return [Object.prototype, Array.prototype, Function.prototype, String.prototype]
    .flatMap((prototype) => Object.getOwnPropertyNames(prototype))
    .join();
}

function shown(input: unknown): string {
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  return text.length > 4_000 ? `${text.slice(0, 4_000)} … ${text.length} characters` : text;
}
