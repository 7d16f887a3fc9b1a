import { isBase64, isDigit, isLower, isUpper, skip } from './characters.js';
import type { Finding } from './finding.js';

const length = 40;

/**
 * AWS secret access keys have no prefix: 40 characters of base64 that stand alone and contain upper case, lower case
 * and digits, which a hexadecimal digest of the same length does not.
 */
export function awsSecretKeys(text: string): readonly Finding[] {
  const findings: Finding[] = [];
  for (let position = 0; position + length <= text.length; position++) {
    if (!isBase64(text.charCodeAt(position))) continue;
    const end = skip(text, position, isBase64);
    if (end - position === length && isMixed(text.slice(position, end)) && text[end] !== '=') {
      findings.push({ start: position, end });
    }
    position = end;
  }
  return findings;
}

function isMixed(run: string): boolean {
  const codes = Array.from(run, (character) => character.charCodeAt(0));
  return codes.some(isUpper) && codes.some(isLower) && codes.some(isDigit);
}
