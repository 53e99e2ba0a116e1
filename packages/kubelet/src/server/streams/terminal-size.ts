import type { Readable } from 'node:stream';
import type { TerminalSize } from '../../runtimes/runtime.js';

/** Far longer than a size is; whoever sends more without a document's end sends no sizes. */
const pendingBytesMax = 4_096;

/** Reads sizes of a terminal, `{"Width":80,"Height":24}` one after the other, and hands each on. What is no size is passed over. */
export function terminalSizes(stream: Readable, onSize: (size: TerminalSize) => void): void {
  let pending = '';
  stream.setEncoding('utf8');
  stream.on('error', () => {});
  stream.on('data', (text: string) => {
    pending += text;
    for (let end = pending.indexOf('}'); end >= 0; end = pending.indexOf('}')) {
      const size = parseSize(pending.slice(0, end + 1));
      pending = pending.slice(end + 1);
      if (size !== undefined) onSize(size);
    }
    if (pending.length > pendingBytesMax) pending = '';
  });
}

function parseSize(text: string): TerminalSize | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { Width: width, Height: height } = Object(value);
  return isCells(width) && isCells(height) ? { width, height } : undefined;
}

/** A size is an unsigned number of 16 bits; none is not a size. */
function isCells(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 0xffff;
}
