import { isIP } from 'node:net';
import { isAlphanumeric, isDigit } from './characters.js';
import type { Finding } from './finding.js';

/** `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`. */
const charactersMax = 45;
/** `:65535`. */
const portCharactersMax = 6;

function isAddressCharacter(code: number): boolean {
  return (
    isDigit(code) ||
    (code >= 0x41 && code <= 0x46) ||
    (code >= 0x61 && code <= 0x66) ||
    code === 0x3a ||
    code === 0x2e
  );
}

/** IPv4 and IPv6 addresses, with or without a port or prefix length. */
export function ipAddresses(text: string): readonly Finding[] {
  const findings: Finding[] = [];
  for (let position = 0; position < text.length; position++) {
    if (!isAddressCharacter(text.charCodeAt(position))) continue;
    let end = position;
    while (isAddressCharacter(text.charCodeAt(end))) end++;
    const isShort = end - position <= charactersMax + portCharactersMax;
    const length =
      isShort && !isInsideWord(text, position, end) ? addressLength(text.slice(position, end)) : 0;
    if (length > 0) findings.push({ start: position, end: position + length });
    position = end;
  }
  return findings;
}

/** `std::string`: letters continue after the hexadecimal digits. Dotted numbers match inside words too. */
function isInsideWord(text: string, start: number, end: number): boolean {
  if (text.slice(start, end).includes('.')) return false;
  return isAlphanumeric(text.charCodeAt(start - 1)) || isAlphanumeric(text.charCodeAt(end));
}

/** The length of the address in the run: a full stop or a port may follow it. */
function addressLength(run: string): number {
  const trimmed = run.endsWith('.') || (run.endsWith(':') && !run.endsWith('::')) ? run.slice(0, -1) : run;
  if (trimmed.length > 2 && isIP(trimmed) !== 0) return trimmed.length;
  const port = trimmed.indexOf(':');
  return port > 0 && isIP(trimmed.slice(0, port)) === 4 ? port : 0;
}
