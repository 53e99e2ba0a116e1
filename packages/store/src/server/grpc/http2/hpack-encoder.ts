/**
 * Encodes headers as literals that no table remembers (RFC 7541 §6.2.2), so that a block is the same bytes on every
 * connection and can be made once.
 * @param headers names in lower case; texts are ASCII
 */
export function encodeHeaders(headers: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.of(0), ...encodeString(name), ...encodeString(value)]));
}

function encodeString(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  return [encodeLength(bytes.length), bytes];
}

/** RFC 7541 §5.1, with a prefix of seven bits. */
function encodeLength(length: number): Buffer {
  if (length < 127) return Buffer.of(length);
  const bytes = [127];
  let rest = length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.of(...bytes, rest);
}
