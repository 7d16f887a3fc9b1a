import { isDigit } from './characters.js';
import type { Finding } from './finding.js';

/** ITU-T E.164 section 6: no more than 15 digits, country code included. */
const digitsMax = 15;
const digitsMin = 8;

/**
 * Telephone numbers recognisable by their form: international (`+49 30 901820`, `0049…`) and North American with
 * separators (`(415) 555-2671`). Bare national numbers are not matched: they look like any other number.
 */
export function phones(text: string): readonly Finding[] {
  const findings: Finding[] = [];
  for (let position = 0; position < text.length; position++) {
    const end = internationalEnd(text, position) ?? northAmericanEnd(text, position);
    if (end === null) continue;
    findings.push({ start: position, end });
    position = end - 1;
  }
  return findings;
}

function internationalEnd(text: string, start: number): number | null {
  const plus = text[start] === '+';
  const zeros = text.startsWith('00', start) && !isDigit(text.charCodeAt(start - 1));
  if (!plus && !zeros) return null;
  const first = start + (plus ? 1 : 2);
  if (!isDigit(text.charCodeAt(first)) || text[first] === '0') return null;
  return groupedEnd(text, first, plus ? digitsMin : digitsMin + 2);
}

/** The end of the last group that keeps the number's length within bounds. */
function groupedEnd(text: string, first: number, least: number): number | null {
  let end: number | null = null;
  let digits = 0;
  let gap = 0;
  // At most two separators in a row: `) ` and ` (` around an area code.
  for (let position = first; gap <= 2 && digits <= digitsMax; position++) {
    const code = text.charCodeAt(position);
    if (isDigit(code)) {
      digits++;
      gap = 0;
      const ends = !isDigit(text.charCodeAt(position + 1));
      if (ends && digits >= least && digits <= digitsMax) end = position + 1;
    } else if (isSeparator(code)) gap++;
    else break;
  }
  return end;
}

function isSeparator(code: number): boolean {
  return (
    code === 0x20 ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x2f ||
    code === 0x28 ||
    code === 0x29 ||
    code === 0xa0
  );
}

/** `415-555-2671`, `415.555.2671`, `(415) 555-2671`, each with an optional `1-` before it. NANP: NXX-NXX-XXXX. */
function northAmericanEnd(text: string, start: number): number | null {
  if (isDigit(text.charCodeAt(start - 1))) return null;
  let position = start;
  if (text[position] === '1' && isJoint(text, position + 1)) position += 2;
  const parenthesis = text[position] === '(';
  if (parenthesis) position++;
  if (!isBlock(text, position)) return null;
  position += 3;
  if (parenthesis && text[position++] !== ')') return null;
  if (isJoint(text, position)) position++;
  else if (!parenthesis) return null;
  if (!isBlock(text, position) || !isJoint(text, position + 3)) return null;
  position += 4;
  for (let i = 0; i < 4; i++) if (!isDigit(text.charCodeAt(position + i))) return null;
  return isDigit(text.charCodeAt(position + 4)) ? null : position + 4;
}

function isJoint(text: string, position: number): boolean {
  const character = text[position];
  return character === '-' || character === '.' || character === ' ';
}

function isBlock(text: string, position: number): boolean {
  const first = text.charCodeAt(position);
  return (
    first >= 0x32 &&
    isDigit(first) &&
    isDigit(text.charCodeAt(position + 1)) &&
    isDigit(text.charCodeAt(position + 2))
  );
}
