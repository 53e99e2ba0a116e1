import type { Plant } from '../plant.js';

/** A deliberate bug, and the promise by whose name it is noticed. */
export interface Mutation {
  readonly name: string;
  readonly broken: RegExp;
  /** For one simulation: some of them count. */
  readonly plant: () => Plant;
  /** How many members, and where to begin, when not every seed shows it. */
  readonly members?: 3 | 5;
  readonly firstSeed?: number;
}

/** True every n-th time. */
export function every(n: number): () => boolean {
  let count = 0;
  return () => ++count % n === 0;
}
