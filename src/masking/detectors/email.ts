import { isAlphanumeric, isDigit, positions, skip, skipBack } from './characters.js';
import type { Finding } from './finding.js';

/** The characters of an atom that are neither letters nor digits, and the dot. RFC 5322 section 3.2.3. */
const atomMarks = new Set(Array.from("!#$%&'*+-/=?^_`{|}~.", (mark) => mark.charCodeAt(0)));

/** Any non-ASCII character may occur in an internationalised address, RFC 6531 section 3.3. */
function isLocalPart(code: number): boolean {
  return isAlphanumeric(code) || atomMarks.has(code) || code >= 0x80;
}

/** What a URL need not escape, RFC 3986 section 2.3, and its escapes. */
function isEscapedLocalPart(code: number): boolean {
  return (
    isAlphanumeric(code) || code === 0x25 || code === 0x2b || code === 0x2d || code === 0x2e || code === 0x5f
  );
}

function isDomain(code: number): boolean {
  return isAlphanumeric(code) || code === 0x2d || code === 0x2e || code >= 0x80;
}

/** E-mail addresses with a dotted domain; also with the at sign escaped as in a URL. */
export function emails(text: string): readonly Finding[] {
  return [...addresses(text, '@', isLocalPart), ...addresses(text, '%40', isEscapedLocalPart)];
}

function addresses(text: string, at: string, inLocalPart: (code: number) => boolean): readonly Finding[] {
  const findings: Finding[] = [];
  let floor = 0;
  for (const position of positions(text, at)) {
    const end = domainEnd(text, position + at.length);
    const start = localPartStart(text, position, floor, inLocalPart);
    if (end !== null && start < position) findings.push({ start, end });
    floor = position + at.length;
  }
  return findings;
}

/** `floor` is the end of the previous at sign, so that no character is scanned twice. */
function localPartStart(
  text: string,
  at: number,
  floor: number,
  inLocalPart: (code: number) => boolean,
): number {
  if (text[at - 1] !== '"') return skipBack(text, at, floor, inLocalPart);
  const quote = text.slice(floor, at - 1).lastIndexOf('"');
  return quote === -1 ? at : floor + quote;
}

/** The end of the longest dotted name that has a top-level domain: what follows it may be punctuation or a version. */
function domainEnd(text: string, start: number): number | null {
  let domain = text.slice(start, skip(text, start, isDomain));
  for (;;) {
    const dot = domain.lastIndexOf('.');
    if (dot < 1) return null;
    const last = domain.slice(dot + 1, skipBack(domain, domain.length, dot + 1, isHyphen));
    if (isTopLevel(last)) return start + dot + 1 + last.length;
    domain = domain.slice(0, skipBack(domain, dot, 0, isHyphen));
  }
}

function isHyphen(code: number): boolean {
  return code === 0x2d;
}

/** A top-level domain has letters: `1.2` behind an at sign is a version. */
function isTopLevel(label: string): boolean {
  return label.length >= 2 && skip(label, 0, isDigit) < label.length;
}
