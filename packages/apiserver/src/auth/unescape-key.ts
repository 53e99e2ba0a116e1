/** Header names cannot carry every key of an extra, so keys come percent-encoded; what is not is taken as it is. */
export function unescapeKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
