/**
 * Numbers that a state issues to its residents, each verified with that state's check digits. A number with a weak
 * check or none matches only in its usual grouping.
 */
import {
  chineseCheck,
  digitAt,
  hasLuhnDigit,
  hasMod1110Digit,
  hasVerhoeffDigit,
  weigh,
} from './check-digits.js';
import { digitGroups } from './digits.js';
import type { Finding } from './finding.js';
import { letteredIds } from './lettered-id.js';

/** A number of digits only. `groups` are its usual groupings: `3 3 3` is three groups of three. */
interface NumberedId {
  readonly groups: readonly string[];
  readonly valid: (digits: string) => boolean;
}

const range = (digits: string, from: number, to: number): number => Number(digits.slice(from, to));

/** Month and day, in this order unless the day comes first. */
function isDay(month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

const ids: readonly NumberedId[] = [
  // Canada, social insurance number.
  { groups: ['3 3 3'], valid: (d) => !/^0*$/.test(d) && hasLuhnDigit(d) },
  // Australia, tax file number.
  { groups: ['3 3 3'], valid: (d) => weigh(d, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0 },
  // The Netherlands, burgerservicenummer.
  { groups: ['4 2 3', '3 3 3'], valid: (d) => weigh(d, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && d !== '000000000' },
  // Germany, Steueridentifikationsnummer: among the first ten digits, one occurs two or three times.
  { groups: ['11', '2 3 3 3'], valid: (d) => !d.startsWith('0') && repeats(d.slice(0, 10)) && hasMod1110Digit(d) },
  // France, numéro d’inscription au répertoire.
  { groups: ['15', '13 2', '1 2 2 2 3 3 2'], valid: isFrench },
  // Belgium, national register number; for births from 2000 on, the check is computed with a leading 2.
  { groups: ['11', '2 2 2 3 2', '6 3 2'], valid: isBelgian },
  // Poland, PESEL.
  { groups: ['11'], valid: (d) => isDay(range(d, 2, 4) % 20, range(d, 4, 6)) && weigh(d, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0 },
  // Brazil, CPF.
  { groups: ['11', '3 3 3 2'], valid: isBrazilian },
  // India, Aadhaar.
  { groups: ['4 4 4'], valid: (d) => /^[2-9]/.test(d) && hasVerhoeffDigit(d) },
  // Japan, My Number.
  { groups: ['4 4 4'], valid: (d) => japaneseDigit(d) === digitAt(d, 11) },
  // Sweden, personnummer.
  { groups: ['6 4'], valid: (d) => isDay(range(d, 2, 4), range(d, 4, 6) % 60) && hasLuhnDigit(d) },
  { groups: ['8 4', '12'], valid: (d) => /^(?:19|20)/.test(d) && isDay(range(d, 4, 6), range(d, 6, 8) % 60) && hasLuhnDigit(d.slice(2)) },
  // Norway, fødselsnummer.
  { groups: ['11', '6 5'], valid: isNorwegian },
  // Denmark, CPR number: it no longer has a check digit.
  { groups: ['6-4'], valid: (d) => isDay(range(d, 2, 4), range(d, 0, 2)) },
  // Switzerland, AHV number: an EAN-13 with the country's prefix.
  { groups: ['13', '3 4 4 2'], valid: (d) => d.startsWith('756') && weigh(d, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0 },
  // South Korea, resident registration number.
  { groups: ['6 7'], valid: (d) => isDay(range(d, 2, 4), range(d, 4, 6)) && (11 - (weigh(d, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === digitAt(d, 12) },
  // South Africa, identity number.
  { groups: ['13'], valid: (d) => isDay(range(d, 2, 4), range(d, 4, 6)) && /[01]\d\d$/.test(d) && hasLuhnDigit(d) },
  // Türkiye, kimlik numarası.
  { groups: ['11'], valid: isTurkish },
  // China, resident identity number, whose check digit is a digit.
  { groups: ['18'], valid: (d) => isDay(range(d, 10, 12), range(d, 12, 14)) && chineseCheck(d) === d[17] },
]; // prettier-ignore

const digitsMax = 18;
const byLength = new Map<number, NumberedId[]>();
for (const id of ids) {
  const length = id.groups[0]!.split(/[ -]/).reduce((sum, group) => sum + Number(group), 0);
  byLength.set(length, [...(byLength.get(length) ?? []), id]);
}

/** National identity numbers, verified by the rules of their countries. */
export function nationalIds(text: string): readonly Finding[] {
  return [...numberedIds(text), ...letteredIds(text)];
}

function isSeparator(code: number): boolean {
  return code === 0x20 || code === 0x2d || code === 0x2e || code === 0x2f || code === 0xa0 || code === 0x2b;
}

function numberedIds(text: string): readonly Finding[] {
  const groups = digitGroups(text, isSeparator);
  const findings: Finding[] = [];
  for (let first = 0; first < groups.length; first++) {
    let digits = '';
    let written = '';
    let hyphens = '';
    for (let last = first; last < groups.length; last++) {
      const { start, end, joined } = groups[last]!;
      if ((last > first && !joined) || digits.length + end - start > digitsMax) break;
      digits += text.slice(start, end);
      written += `${last === first ? '' : ' '}${end - start}`;
      hyphens += `${last === first ? '' : text[start - 1]!}${end - start}`;
      const found = byLength.get(digits.length)?.some((id) => fits(id, written, hyphens) && id.valid(digits));
      if (found === true) findings.push({ start: groups[first]!.start, end });
    }
  }
  return findings;
}

function fits({ groups }: NumberedId, written: string, hyphens: string): boolean {
  return groups.includes(written) || groups.includes(hyphens);
}

function repeats(digits: string): boolean {
  const counts = new Map<string, number>();
  for (const digit of digits) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return most >= 2 && most <= 3;
}

function remainder97(digits: string): number {
  let remainder = 0;
  for (const digit of digits) remainder = (remainder * 10 + Number(digit)) % 97;
  return remainder;
}

function isFrench(digits: string): boolean {
  const month = range(digits, 3, 5);
  const plausible = /^[12378]/.test(digits) && ((month >= 1 && month <= 12) || (month >= 20 && month <= 99));
  return plausible && 97 - remainder97(digits.slice(0, 13)) === range(digits, 13, 15);
}

function isBelgian(digits: string): boolean {
  if (!isDay(range(digits, 2, 4) % 20, range(digits, 4, 6))) return false;
  const check = range(digits, 9, 11);
  return [digits.slice(0, 9), `2${digits.slice(0, 9)}`].some((number) => 97 - remainder97(number) === check);
}

function isBrazilian(digits: string): boolean {
  if (/^(\d)\1*$/.test(digits)) return false;
  const check = (of: number): number => {
    const sum = weigh(
      digits,
      Array.from({ length: of }, (_, i) => of + 1 - i),
    );
    return ((sum * 10) % 11) % 10;
  };
  return check(9) === digitAt(digits, 9) && check(10) === digitAt(digits, 10);
}

function japaneseDigit(digits: string): number {
  const remainder = weigh(digits, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return remainder <= 1 ? 0 : 11 - remainder;
}

function isNorwegian(digits: string): boolean {
  if (!isDay(range(digits, 2, 4) % 40, range(digits, 0, 2) % 40)) return false;
  const first = weigh(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11;
  return first === 0 && weigh(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;
}

function isTurkish(digits: string): boolean {
  if (digits.startsWith('0')) return false;
  const tenth = ((weigh(digits, [7, -1, 7, -1, 7, -1, 7, -1, 7]) % 10) + 10) % 10;
  const all = weigh(digits, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) % 10;
  return tenth === digitAt(digits, 9) && all === digitAt(digits, 10);
}
