/** National numbers that contain letters. Each form has a fixed length, so the search is linear in the text. */
import { chineseCheck, digitAt } from './check-digits.js';
import type { Finding } from './finding.js';

interface LetteredId {
  /** Not sticky: it matches whole words of letters and digits. */
  readonly form: RegExp;
  readonly valid: (written: string) => boolean;
}

const ids: readonly LetteredId[] = [
  // Spain, DNI and NIE: the letter encodes the number modulo 23.
  {
    form: /(?<![A-Z0-9])(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z](?![A-Z0-9])/gi,
    valid: (text) => {
      const digits = text.slice(0, -1).replaceAll('-', '').replace(/^[XYZ]/i, (letter) => String('XYZ'.indexOf(letter.toUpperCase())));
      return 'TRWAGMYFPDXBNJZSQVHLCKE'[Number(digits) % 23] === text.at(-1)!.toUpperCase();
    },
  },
  // Italy, codice fiscale.
  {
    form: /(?<![A-Z0-9])[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPR-T][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z](?![A-Z0-9])/gi,
    valid: (text) => italianLetter(text.toUpperCase()) === text.at(-1)!.toUpperCase(),
  },
  // The United Kingdom, national insurance number: it has no check digit, but prefixes that are never issued.
  {
    form: /(?<![A-Z0-9])(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D](?![A-Z0-9])/gi,
    valid: () => true,
  },
  // Finland, henkilötunnus.
  {
    form: /(?<![A-Z0-9])[0-3]\d[01]\d{3}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y](?![A-Z0-9])/gi,
    valid: (text) => {
      const number = Number(text.slice(0, 6) + text.slice(7, 10));
      return '0123456789ABCDEFHJKLMNPRSTUVWXY'[number % 31] === text.at(-1)!.toUpperCase();
    },
  },
  // Mexico, CURP.
  {
    form: /(?<![A-Z0-9])[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d(?![A-Z0-9])/gi,
    valid: (text) => mexicanDigit(text.toUpperCase()) === digitAt(text, 17),
  },
  // China, resident identity number whose check digit is ten, `X`.
  {
    form: /(?<![A-Z0-9])\d{17}X(?![A-Z0-9])/gi,
    valid: (text) => chineseCheck(text) === 'X',
  },
]; // prettier-ignore

export function letteredIds(text: string): readonly Finding[] {
  return ids.flatMap(({ form, valid }) =>
    [...text.matchAll(form)]
      .filter(([written]) => valid(written))
      .map(({ 0: written, index }): Finding => ({ start: index, end: index + written.length })),
  );
}

/**
 * The value of a character in an odd position, by its place in the alphabet or its digit. Decreto ministeriale
 * 23/12/1976.
 */
const oddValues = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

function italianLetter(code: string): string {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const character = code.charCodeAt(i);
    const value = character >= 0x41 ? character - 0x41 : character - 0x30;
    sum += i % 2 === 0 ? oddValues[value]! : value;
  }
  return String.fromCharCode(0x41 + (sum % 26));
}

function mexicanDigit(code: string): number {
  const alphabet = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ';
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += alphabet.indexOf(code[i]!) * (18 - i);
  return (10 - (sum % 10)) % 10;
}
