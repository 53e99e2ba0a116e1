export const nowhere = -1;

/** Something wrong at one place of an expression. */
export interface Issue {
  /** Of the place in the text, in UTF-16 units; `nowhere`: the text as a whole. */
  readonly offset: number;
  readonly message: string;
}

/** An expression that does not parse, or does not fit the variables it is given. */
export class CelCompileError extends Error {
  override readonly name = 'CelCompileError';

  /** @param issues in the order of their places */
  constructor(source: string, issues: readonly Issue[]) {
    super(issues.map((issue) => issueText(source, issue)).join('\n'));
  }
}

/**
 * As cel-go prints it, with the line and a mark under the place:
 * ```
 * ERROR: <input>:1:5: undefined field 'x'
 *  | self.x
 *  | ....^
 * ```
 */
function issueText(source: string, { offset, message }: Issue): string {
  if (offset === nowhere) return `ERROR: <input>:-1:0: ${message}`;
  const before = source.slice(0, offset).split('\n');
  const line = before.length;
  const column = [...(before.at(-1) ?? '')];
  const text = (source.split('\n')[line - 1] ?? '').replaceAll('\t', ' ');
  const under = column.map((character) => (isWide(character) ? '\uff0e' : '.')).join('');
  const marked = [...text][column.length] ?? '';
  const mark = isWide(marked) ? '\uff3e' : '^';
  return `ERROR: <input>:${line}:${column.length + 1}: ${message}\n | ${text}\n | ${under}${mark}`;
}

function isWide(character: string): boolean {
  return character !== '' && (character.codePointAt(0) ?? 0) > 0x7f;
}
