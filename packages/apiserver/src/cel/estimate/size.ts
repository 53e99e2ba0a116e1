/** How long something is at least and at most: characters, bytes, elements, or entries. */
export interface Size {
  readonly min: number;
  readonly max: number;
}

/** Stands for every number that is too large to be told apart: where cel-go's 64 bits end. */
const ceiling = 2 ** 64;

export const unknownSize: Size = { min: 0, max: ceiling };

export function exactly(size: number): Size {
  return { min: size, max: size };
}

export function upTo(max: number): Size {
  return { min: 0, max };
}

export function together(a: Size, b: Size): Size {
  return { min: a.min + b.min, max: a.max + b.max };
}

/** What holds both. */
export function hull(a: Size, b: Size): Size {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

export function times(a: number, b: number): number {
  return Math.min(a * b, ceiling);
}

/** Rounded up. */
export function scaled(amount: number, factor: number): number {
  return Math.ceil(times(amount, factor));
}
