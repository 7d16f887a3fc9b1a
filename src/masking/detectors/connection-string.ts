import { isAlphanumeric, isWhitespace, positions, skip } from './characters.js';
import type { Finding } from './finding.js';

/** Keys of libpq's, JDBC's and ODBC's connection strings whose values are secret. */
const secretKeys = ['password=', 'pwd='];

/** Credentials inside connection strings: `user:secret` of a URL, RFC 3986 section 3.2.1, and `password=…`. */
export function connectionStrings(text: string): readonly Finding[] {
  return [...urlCredentials(text), ...keywordSecrets(text)];
}

function urlCredentials(text: string): readonly Finding[] {
  const findings: Finding[] = [];
  let scanned = 0;
  for (const position of positions(text, '://')) {
    const start = position + 3;
    if (start < scanned || !isAlphanumeric(text.charCodeAt(position - 1))) continue;
    scanned = skip(text, start, isUrl);
    // The last at sign counts: passwords that should have been escaped hold further ones.
    const userinfo = text.slice(start, scanned);
    const at = userinfo.lastIndexOf('@');
    const colon = userinfo.indexOf(':');
    if (colon !== -1 && colon < at - 1) findings.push({ start, end: start + at });
  }
  return findings;
}

function isUrl(code: number): boolean {
  return (
    !Number.isNaN(code) &&
    !isWhitespace(code) &&
    code !== 0x22 &&
    code !== 0x27 &&
    code !== 0x3c &&
    code !== 0x3e
  );
}

function keywordSecrets(text: string): readonly Finding[] {
  const lower = text.toLowerCase();
  // Case folding changes the length of a few letters; offsets into the two texts would differ.
  const searched = lower.length === text.length ? lower : text;
  const findings: Finding[] = [];
  for (const key of secretKeys) {
    let scanned = 0;
    for (const position of positions(searched, key)) {
      const start = position + key.length;
      if (start < scanned) continue;
      scanned = secretEnd(text, start);
      if (scanned > start) findings.push({ start, end: scanned });
    }
  }
  return findings;
}

function secretEnd(text: string, start: number): number {
  const quote = text[start];
  if (quote !== "'" && quote !== '"') return skip(text, start, isBareSecret);
  const closing = text.indexOf(quote, start + 1);
  return closing === -1 ? text.length : closing + 1;
}

function isBareSecret(code: number): boolean {
  return isUrl(code) && code !== 0x26 && code !== 0x3b;
}
