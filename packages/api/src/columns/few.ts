const shownMax = 3;

/** The first three, and how many more there are: `a,b,c + 2 more...` */
export function fewOf(texts: readonly string[]): string {
  const shown = texts.slice(0, shownMax).join(',');
  return texts.length > shownMax ? `${shown} + ${texts.length - shownMax} more...` : shown;
}
