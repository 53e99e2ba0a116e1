/** UTF-8 by hand: pure packages see no TextEncoder. An unpaired surrogate becomes U+FFFD. */

export function utf8Length(text: string): number {
  let length = 0;
  for (const character of text) length += codeLength(codeOf(character));
  return length;
}

/** @returns the offset after the text */
export function writeUtf8(text: string, target: Uint8Array, offset: number): number {
  let at = offset;
  for (const character of text) {
    const code = codeOf(character);
    const length = codeLength(code);
    if (length === 1) target[at] = code;
    else {
      for (let i = length - 1; i > 0; i--) target[at + i] = 0x80 | ((code >> (6 * (length - 1 - i))) & 63);
      target[at] = ((0xf00 >> length) & 0xff) | (code >> (6 * (length - 1)));
    }
    at += length;
  }
  return at;
}

export function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

function codeOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  return code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
}

function codeLength(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}
