/**
 * One part of a compact JWT, read without trust: only good for deciding who should verify it, and with which key.
 * @param index 0: the header, 1: the payload
 */
export function unverifiedPart(token: string, index: 0 | 1): Readonly<Record<string, unknown>> | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    return JSON.parse(Buffer.from(parts[index] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>; // read member by member
  } catch {
    return undefined;
  }
}
