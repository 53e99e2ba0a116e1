import type { EncodedObject, ListAnswer } from './registry.js';

const comma = Buffer.from(',');
const end = Buffer.from(']}');

/** A list whose text is put together from the texts of its items. */
export function encodedList(list: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ListAnswer['metadata'];
  readonly items: readonly EncodedObject[];
}): ListAnswer {
  const { apiVersion, kind, metadata, items } = list;
  return {
    ...list,
    *chunks() {
      const head = JSON.stringify({ kind, apiVersion, metadata });
      yield Buffer.from(`${head.slice(0, -1)},"items":[`);
      let first = true;
      for (const item of items) {
        if (!first) yield comma;
        first = false;
        yield item.bytes;
      }
      yield end;
    },
  };
}
