import { compareQuantities } from '@flotilla/api';

type Usage = Readonly<Record<string, string>>;

/** What the status of a quota said when it was looked at before. */
export interface Look {
  readonly used: Usage;
}

/**
 * What to believe of a fresh count. API servers charge a quota a moment before the object is there to be counted, so that
 * a count may be too low. It is believed where it is higher than the status, and where the status has not changed
 * since an earlier look: whatever was charged before that has been written, and seen here, or never will be.
 * @param earlier long enough ago for what was charged then to have arrived; undefined: there was no such look
 * @returns `open`: some of the count was not believed, and has to be looked at again
 */
export function confirmCount(
  counted: Usage,
  current: Usage,
  earlier: Look | undefined,
): { readonly used: Usage; readonly open: boolean } {
  let open = false;
  const used = Object.entries(counted).map(([name, amount]) => {
    const before = current[name];
    if (before === undefined || compareQuantities(amount, before) >= 0 || earlier?.used[name] === before) return [name, amount];
    open = true;
    return [name, before];
  });
  return { used: Object.fromEntries(used), open };
}
