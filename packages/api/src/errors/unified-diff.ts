import { isRecord } from '../json.js';

const contextLines = 3;
/** Of the table by which lines are matched; parts of more are told as removed and added whole. */
const cellsMax = 1_000_000;

type Edit = readonly [mark: ' ' | '-' | '+', line: string];

/**
 * What differs between two JSON values, line by line, as Kubernetes tells it since 1.34: without names of files. It prints
 * members by their names in Go and absent ones too; here they are as they stand in the API.
 */
export function unifiedDiff(before: unknown, now: unknown): string {
  const edits = editsOf(linesOf(before), linesOf(now));
  return hunksOf(edits)
    .map(([from, to]) => {
      const shown = edits.slice(from, to).map(([mark, line]) => `${mark}${line}\n`);
      return `@@ -${rangeOf(edits, from, to, '+')} +${rangeOf(edits, from, to, '-')} @@\n${shown.join('')}`;
    })
    .join('');
}

function linesOf(value: unknown): string[] {
  return JSON.stringify(value, inOrder, 1).split('\n');
}

function inOrder(_name: string, value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}

/** Changes that have some lines between them in common stand together: from the first line shown to the one after the last. */
function hunksOf(edits: readonly Edit[]): [from: number, to: number][] {
  const hunks: [number, number][] = [];
  for (const [index, [mark]] of edits.entries()) {
    if (mark === ' ') continue;
    const [from, to] = [Math.max(0, index - contextLines), Math.min(edits.length, index + contextLines + 1)];
    const last = hunks.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  }
  return hunks;
}

/** Where a hunk is in one of the two texts: its first line, counted from 1, and how many there are. */
function rangeOf(edits: readonly Edit[], from: number, to: number, otherMark: Edit[0]): string {
  const count = (start: number, end: number) => edits.slice(start, end).filter(([mark]) => mark !== otherMark).length;
  const [skipped, length] = [count(0, from), count(from, to)];
  if (length === 1) return String(skipped + 1);
  return `${length === 0 ? skipped : skipped + 1},${length}`;
}

function editsOf(before: readonly string[], now: readonly string[]): Edit[] {
  const shortest = Math.min(before.length, now.length);
  let head = 0;
  while (head < shortest && before[head] === now[head]) head++;
  let tail = 0;
  while (tail < shortest - head && before.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const kept = (line: string): Edit => [' ', line];
  return [
    ...before.slice(0, head).map(kept),
    ...matched(before.slice(head, before.length - tail), now.slice(head, now.length - tail)),
    ...before.slice(before.length - tail).map(kept),
  ];
}

/** With as many lines in common as there can be. */
function matched(before: readonly string[], now: readonly string[]): Edit[] {
  const width = now.length + 1;
  const cells = (before.length + 1) * width;
  if (cells > cellsMax) return [...before.map((line): Edit => ['-', line]), ...now.map((line): Edit => ['+', line])];
  const common = new Uint32Array(cells); // at i * width + j: how many lines the rest has in common from i and j on
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      common[i * width + j] = before[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < now.length) {
    const [old = '', line = ''] = [before[i], now[j]];
    if (i < before.length && j < now.length && old === line) {
      edits.push([' ', old]);
      i++;
      j++;
    } else if (i < before.length && (j === now.length || at(i + 1, j) >= at(i, j + 1))) {
      edits.push(['-', old]);
      i++;
    } else {
      edits.push(['+', line]);
      j++;
    }
  }
  return edits;
}
