import { isBase64Url, positions, skip } from './characters.js';
import type { Finding } from './finding.js';

/** RFC 7515 section 3.1 and RFC 7516 section 3.1: a header that begins with `{"` and two to four further parts. */
export function jwts(text: string): readonly Finding[] {
  const findings: Finding[] = [];
  let scanned = 0;
  for (const start of positions(text, 'eyJ')) {
    if (start < scanned) continue;
    let end = skip(text, start, isBase64Url);
    const headerLength = end - start;
    let parts = 1;
    while (parts < 5 && text[end] === '.') {
      end = skip(text, end + 1, isBase64Url);
      parts++;
    }
    scanned = end;
    if (parts >= 3 && headerLength >= 10) findings.push({ start, end });
  }
  return findings;
}
