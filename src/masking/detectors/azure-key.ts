import { isBase64, isBase64Url, positions, skip } from './characters.js';
import type { Finding } from './finding.js';

/** Keys of storage accounts and of Cosmos DB are 64 bytes as base64 with its padding. */
const keyCharacters = 88;
const equals = 0x3d;
const names = ['accountkey=', 'sharedaccesskey='];

/** The signature of a shared access signature (SAS): 32 bytes, escaped as in a URL or not. */
const signature = 'sig=';
const signatureMin = 43;
/** Marks a client secret: it follows three characters and precedes 31 to 34 more. */
const clientMark = 'Q~';

/** Azure keys: account keys by name or by form, SAS signatures, client secrets. */
export function azureKeys(text: string): readonly Finding[] {
  return [...namedKeys(text), ...bareKeys(text), ...signatures(text), ...clientSecrets(text)];
}

function namedKeys(text: string): readonly Finding[] {
  const lower = text.toLowerCase();
  const searched = lower.length === text.length ? lower : text;
  return names.flatMap((name) =>
    [...positions(searched, name)].flatMap((position) => {
      const start = position + name.length;
      const end = paddedEnd(text, start);
      return end - start >= 20 ? [{ start, end }] : [];
    }),
  );
}

/** 86 characters of base64 and two equals signs that stand alone. */
function bareKeys(text: string): readonly Finding[] {
  const findings: Finding[] = [];
  let read = 0;
  for (const padding of positions(text, '==')) {
    const start = backTo(text, padding, read);
    read = padding + 2;
    const next = text.charCodeAt(read);
    if (read - start === keyCharacters && !isBase64(next) && next !== equals)
      findings.push({ start, end: read });
  }
  return findings;
}

function backTo(text: string, end: number, floor: number): number {
  let position = end;
  while (position > floor && isBase64(text.charCodeAt(position - 1))) position--;
  return position;
}

function paddedEnd(text: string, start: number): number {
  return skip(text, skip(text, start, isBase64), (code) => code === equals);
}

function signatures(text: string): readonly Finding[] {
  const findings: Finding[] = [];
  for (const position of positions(text, signature)) {
    const before = text[position - 1];
    // None of these is part of a signature, so no character is scanned twice.
    if (before !== '&' && before !== '?' && before !== ' ') continue;
    const start = position + signature.length;
    const end = skip(text, start, (code) => isBase64(code) || code === 0x25 || code === equals);
    if (end - start >= signatureMin) findings.push({ start, end });
  }
  return findings;
}

const isClientSecret = (code: number): boolean => isBase64Url(code) || code === 0x7e || code === 0x2e;

function clientSecrets(text: string): readonly Finding[] {
  const findings: Finding[] = [];
  let read = 0;
  for (const mark of positions(text, clientMark)) {
    const start = mark - 4;
    if (start < read || isClientSecret(text.charCodeAt(start - 1))) continue;
    const end = skip(text, start, isClientSecret);
    read = end;
    if (start >= 0 && end > mark && end - mark >= 33 && end - mark <= 36) findings.push({ start, end });
  }
  return findings;
}
