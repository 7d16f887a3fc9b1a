/** Percent-encoding (RFC 3986 section 2.1) of UTF-8. */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Null if a `%` begins no byte, or the bytes are not UTF-8. */
export function decodePercent(text: string): string | null {
  if (!text.includes('%')) return text;
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Null if the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** The same text with only the necessary escapes, in upper case (RFC 3986 section 6.2.2). */
export function normalizePercent(text: string): string {
  return text.replace(/%[0-9A-Fa-f]{2}/g, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return /[A-Za-z0-9\-._~]/.test(character) ? character : escape.toUpperCase();
  });
}
