const host = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domain = `(?:${host}(?:\\.${host})*|\\[[a-fA-F0-9:]+\\])(?::\\d+)?`;
const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const tag = '\\w[\\w.-]{0,127}';
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const reference = new RegExp(`^(?:${domain}/)?${component}(?:/${component})*(?::(${tag}))?(?:@(${digest}))?$`);

/** Whether an image's tag is `latest`: also when it has neither tag nor digest. Of what names no image nothing is known. */
export function isLatest(image: string): boolean {
  const match = reference.exec(image);
  if (match === null) return false;
  const [, named, pinned] = match;
  return named === 'latest' || (named === undefined && pinned === undefined);
}
