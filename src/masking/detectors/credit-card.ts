import { hasLuhnDigit } from './check-digits.js';
import { digitGroups, type DigitGroup } from './digits.js';
import type { Finding } from './finding.js';

const digitsMin = 13;
const digitsMax = 19;

/** Space, hyphen, no-break space and the hyphens and dashes that word processors substitute. */
function isSeparator(code: number): boolean {
  return code === 0x20 || code === 0x2d || code === 0xa0 || (code >= 0x2010 && code <= 0x2014);
}

/**
 * Payment card numbers: 13 to 19 digits, grouped or not, with an issuer's prefix and a valid check digit.
 *
 * A number begins and ends where a run of digits does, so part of a longer number never matches. All ways to combine
 * groups are tried: in "4111 1111 1111 1111 5500 0000 0000 0004" it is not known which belong together.
 */
export function creditCards(text: string): readonly Finding[] {
  if (text.length < digitsMin) return [];
  const groups = digitGroups(text, isSeparator);
  const findings: Finding[] = [];
  for (let first = 0; first < groups.length; first++) {
    let digits = '';
    for (let last = first; last < groups.length; last++) {
      const group: DigitGroup = groups[last]!;
      const length = group.end - group.start;
      if ((last > first && !group.joined) || digits.length + length > digitsMax) break;
      digits += text.slice(group.start, group.end);
      if (isCard(digits)) findings.push({ start: groups[first]!.start, end: group.end });
    }
  }
  return findings;
}

function isCard(digits: string): boolean {
  return digits.length >= digitsMin && isIssued(digits) && hasLuhnDigit(digits);
}

/** ISO/IEC 7812 prefixes in use, by length: without them one number in ten would pass for a card. */
function isIssued(digits: string): boolean {
  switch (digits.length) {
    case 13:
      return digits.startsWith('4');
    case 14:
      return digits.startsWith('3');
    case 15:
      return digits.startsWith('3') || digits.startsWith('2131') || digits.startsWith('1800');
    case 16:
      return /^(?:[2-6]|81|9792)/.test(digits);
    default:
      return /^(?:[456]|81)/.test(digits);
  }
}
