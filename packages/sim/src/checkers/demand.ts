import { AssertionError } from '@flotilla/base';

/** As `assert`, for checks by the thousand: the sentence is made only when it is needed. */
export function demand(condition: unknown, sentence: () => string): asserts condition {
  if (!condition) throw new AssertionError(sentence());
}
