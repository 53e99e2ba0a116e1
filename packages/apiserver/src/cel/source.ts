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
    const texts = issues.slice(0, shownIssuesMax).map((issue) => issueText(source, issue));
    const more = issues.length - shownIssuesMax;
    super([...texts, ...(more > 0 ? [`${more} more errors were truncated`] : [])].join('\n'));
  }
}

/** As many as cel-go shows, each with the whole line. */
const shownIssuesMax = 100;

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
  const start = offset === 0 ? 0 : source.lastIndexOf('\n', offset - 1) + 1;
  const end = source.indexOf('\n', offset);
  const line = source.slice(0, start).split('\n').length;
  const text = source.slice(start, end < 0 ? source.length : end).replaceAll('\t', ' ');
  const under = dots(source.slice(start, offset));
  const mark = (source.codePointAt(offset) ?? 0) > 0x7f ? '\uff3e' : '^';
  return `ERROR: <input>:${line}:${under.length + 1}: ${message}\n | ${text}\n | ${under}${mark}`;
}

/** One for each character, wide ones for wide ones. */
function dots(text: string): string {
  if (!/[^\0-\x7f]/.test(text)) return '.'.repeat(text.length);
  return [...text].map((character) => ((character.codePointAt(0) ?? 0) > 0x7f ? '\uff0e' : '.')).join('');
}
