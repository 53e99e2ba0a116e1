import type { FaultKind } from '../faults.js';
import type { Plant } from '../plant.js';

/** A deliberate bug, and the promise by whose name it is noticed. */
export interface Mutation {
  readonly name: string;
  readonly broken: RegExp;
  /** For one simulation: some of them count. */
  readonly plant: () => Plant;
  /** The faults that bring it to light, where all of them together would take many seeds. */
  readonly faults?: readonly FaultKind[];
}

/** True every n-th time. */
export function every(n: number): () => boolean {
  let count = 0;
  return () => ++count % n === 0;
}
