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
