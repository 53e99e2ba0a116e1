import { listPieceBytes } from '../limits.js';
import type { ListAnswer } from './registry.js';

const comma = Buffer.from(',');
const end = Buffer.from(']}\n');

/**
 * A list whose text is put together from the texts of its items.
 * @param texts of the items in larger runs, where there are such
 */
export function encodedList(
  list: Pick<ListAnswer, 'apiVersion' | 'kind' | 'metadata' | 'items'>,
  texts?: readonly Uint8Array[],
): ListAnswer {
  const { apiVersion, kind, metadata, items } = list;
  return {
    ...list,
    chunks() {
      const head = JSON.stringify({ kind, apiVersion, metadata });
      return inPieces(Buffer.from(`${head.slice(0, -1)},"items":[`), texts ?? items.map(({ bytes }) => bytes));
    },
  };
}

/** Small texts are copied together; a large one goes out as it is. */
function* inPieces(head: Uint8Array, texts: readonly Uint8Array[]): Generator<Uint8Array, undefined> {
  let piece = [head];
  let bytes = head.length;
  let first = true;
  for (const text of texts) {
    if (!first) {
      piece.push(comma);
      bytes += comma.length;
    }
    first = false;
    if (bytes + text.length > listPieceBytes) {
      yield Buffer.concat(piece);
      [piece, bytes] = [[], 0];
    }
    if (text.length > listPieceBytes) yield text;
    else {
      piece.push(text);
      bytes += text.length;
    }
  }
  yield Buffer.concat([...piece, end]);
  return undefined;
}
