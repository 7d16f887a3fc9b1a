import { isAlphanumeric, isDigit, isLetter } from './characters.js';
import type { Finding } from './finding.js';

/** Lengths of the IBAN registry of ISO 13616, by country. */
const lengths: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** International bank account numbers, grouped or not, with a valid check number. */
export function ibans(text: string): readonly Finding[] {
  const findings: Finding[] = [];
  for (let position = 0; position + 15 <= text.length; position++) {
    if (!isLetter(text.charCodeAt(position)) || isAlphanumeric(text.charCodeAt(position - 1))) continue;
    const end = ibanEnd(text, position);
    if (end === null) continue;
    findings.push({ start: position, end });
    position = end;
  }
  return findings;
}

/** Reads as many characters as the country's IBANs have, with at most one separator between two of them. */
function ibanEnd(text: string, start: number): number | null {
  if (!isDigit(text.charCodeAt(start + 2)) || !isDigit(text.charCodeAt(start + 3))) return null;
  const length = lengths.get(text.slice(start, start + 2).toUpperCase());
  if (length === undefined) return null;
  let characters = '';
  let position = start;
  while (characters.length < length) {
    if (position > start && isSeparator(text.charCodeAt(position))) position++;
    if (!isAlphanumeric(text.charCodeAt(position))) return null;
    characters += text[position]!;
    position++;
  }
  if (isAlphanumeric(text.charCodeAt(position))) return null;
  return remainder97(characters) === 1 ? position : null;
}

function isSeparator(code: number): boolean {
  return code === 0x20 || code === 0x2d || code === 0xa0;
}

/** ISO/IEC 7064, MOD 97-10: the first four characters go to the end, letters count from 10. */
function remainder97(iban: string): number {
  const turned = iban.slice(4) + iban.slice(0, 4);
  let remainder = 0;
  for (const character of turned) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder;
}
