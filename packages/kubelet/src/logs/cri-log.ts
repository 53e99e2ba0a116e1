/** One record of a log in CRI's format. */
interface LogRecord {
  /** RFC 3339 with nanoseconds, as written. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  /** A piece of a longer line: no newline follows. */
  readonly partial: boolean;
  readonly text: Buffer;
}

const space = 0x20;

/** @param line without its newline @returns undefined for what is no record */
export function parseLogLine(line: Buffer): LogRecord | undefined {
  const first = line.indexOf(space);
  const second = first < 0 ? -1 : line.indexOf(space, first + 1);
  const third = second < 0 ? -1 : line.indexOf(space, second + 1);
  if (third < 0) return undefined;
  const stream = line.toString('latin1', first + 1, second);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const tags = line.toString('latin1', second + 1, third).split(':');
  return { time: line.toString('latin1', 0, first), stream, partial: tags[0] === 'P', text: line.subarray(third + 1) };
}

export interface RenderOptions {
  readonly timestamps: boolean;
  /** Unix milliseconds. */
  readonly sinceMs: number | undefined;
}

/** What `kubectl logs` prints of a record. Keeps track of partial lines: only the first piece of a line gets a timestamp. */
export class LogRenderer {
  readonly #options: RenderOptions;
  #continued = false;

  constructor(options: RenderOptions) {
    this.#options = options;
  }

  /** @returns undefined for records that are too old or no records at all */
  render(line: Buffer): Buffer | undefined {
    const record = parseLogLine(line);
    if (record === undefined) return undefined;
    const { sinceMs, timestamps } = this.#options;
    if (sinceMs !== undefined && Date.parse(record.time) < sinceMs) return undefined;
    const parts: Buffer[] = [];
    if (timestamps && !this.#continued) parts.push(Buffer.from(`${record.time} `));
    parts.push(record.text);
    if (!record.partial) parts.push(Buffer.from('\n'));
    this.#continued = record.partial;
    return Buffer.concat(parts);
  }
}
