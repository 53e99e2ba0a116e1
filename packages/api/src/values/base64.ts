import { utf8 } from './utf8.js';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Text as base64 of its UTF-8 bytes. */
export function base64OfText(text: string): string {
  return base64(utf8(text));
}

function base64(bytes: Uint8Array): string {
  let result = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b, c] = bytes.subarray(at, at + 3);
    const group = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    const digit = (shift: number) => alphabet[(group >> shift) & 63] ?? '';
    result += digit(18) + digit(12) + (b === undefined ? '=' : digit(6)) + (c === undefined ? '=' : digit(0));
  }
  return result;
}

/** The bytes of base64 as text, one character a byte: enough to look for what is ASCII. */
export function binaryTextOfBase64(base64: string): string {
  let result = '';
  let bits = 0;
  let held = 0;
  for (const character of base64) {
    const digit = alphabet.indexOf(character);
    if (digit < 0) continue;
    bits = ((bits << 6) | digit) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    result += String.fromCharCode((bits >> held) & 0xff);
  }
  return result;
}
