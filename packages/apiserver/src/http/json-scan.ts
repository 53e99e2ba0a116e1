const quote = 0x22;
const backslash = 0x5c;

interface JsonSize {
  readonly depth: number;
  readonly objects: number;
  readonly members: number;
}

/**
 * Nesting, number of objects and of `key: value` pairs of a JSON text, counted without parsing it. Only means something when
 * `JSON.parse` accepts the text. Stops counting beyond `depthMax`.
 */
export function scanJson(text: string, depthMax: number): JsonSize {
  let depth = 0;
  let deepest = 0;
  let objects = 0;
  let members = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case quote:
        i = endOfString(text, i);
        break;
      case 0x3a: // :
        members += 1;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (text[i] === '{') objects += 1;
        depth += 1;
        if (depth > deepest) deepest = depth;
        if (deepest > depthMax) return { depth: deepest, objects, members };
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
        break;
    }
  }
  return { depth: deepest, objects, members };
}

/** The index of the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && escaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function escaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === backslash) backslashes += 1;
  return backslashes % 2 === 1;
}

interface Level {
  readonly isObject: boolean;
  readonly keys: Set<string>;
  readonly path: string;
  /** Of the member that is being read, or the index in a list. */
  key: string;
  index: number;
}

/** Paths of the fields that occur twice in one object of a valid JSON text: `spec.replicas`, `spec.containers[0].name`. */
export function duplicateFields(text: string): readonly string[] {
  const found = new Set<string>();
  const levels: Level[] = [];
  for (let i = 0; i < text.length; i++) {
    const level = levels[levels.length - 1];
    switch (text.charCodeAt(i)) {
      case quote: {
        const end = endOfString(text, i);
        if (level?.isObject === true && isKey(text, end)) enterMember(level, JSON.parse(text.slice(i, end + 1)) as string, found); // a JSON string
        i = end;
        break;
      }
      case 0x2c: // ,
        if (level !== undefined) level.index += 1;
        break;
      case 0x5b: // [
      case 0x7b: // {
        levels.push({ isObject: text[i] === '{', keys: new Set(), path: pathOf(level), key: '', index: 0 });
        break;
      case 0x5d: // ]
      case 0x7d: // }
        levels.pop();
        break;
    }
  }
  return [...found];
}

function isKey(text: string, closingQuote: number): boolean {
  let at = closingQuote + 1;
  while (/\s/.test(text[at] ?? '')) at += 1;
  return text[at] === ':';
}

function enterMember(level: Level, key: string, found: Set<string>): void {
  level.key = key;
  if (level.keys.has(key)) found.add(level.path === '' ? key : `${level.path}.${key}`);
  level.keys.add(key);
}

/** The path of what is being read inside `level`. */
function pathOf(level: Level | undefined): string {
  if (level === undefined) return '';
  if (!level.isObject) return `${level.path}[${level.index}]`;
  return level.path === '' ? level.key : `${level.path}.${level.key}`;
}
