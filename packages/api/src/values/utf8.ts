/** UTF-8 by hand: pure packages see no TextEncoder. An unpaired surrogate becomes U+FFFD. */

export function utf8Length(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) length++;
    else if (unit < 0x800) length += 2;
    else if (isPair(text, index)) {
      length += 4;
      index++;
    } else length += 3;
  }
  return length;
}

/** @returns the offset after the text */
export function writeUtf8(text: string, target: Uint8Array, offset: number): number {
  let at = offset;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) target[at++] = unit;
    else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6);
      target[at++] = 0x80 | (unit & 63);
    } else if (isPair(text, index)) {
      const code = text.codePointAt(index++) ?? 0;
      target[at++] = 0xf0 | (code >> 18);
      target[at++] = 0x80 | ((code >> 12) & 63);
      target[at++] = 0x80 | ((code >> 6) & 63);
      target[at++] = 0x80 | (code & 63);
    } else {
      const code = unit >= 0xd800 && unit <= 0xdfff ? 0xfffd : unit;
      target[at++] = 0xe0 | (code >> 12);
      target[at++] = 0x80 | ((code >> 6) & 63);
      target[at++] = 0x80 | (code & 63);
    }
  }
  return at;
}

export function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

/** Whether a high surrogate stands at `index`, and its low one after it. */
function isPair(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  const next = text.charCodeAt(index + 1);
  return unit >= 0xd800 && unit <= 0xdbff && next >= 0xdc00 && next <= 0xdfff;
}
