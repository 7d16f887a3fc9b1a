import type { Finding } from './finding.js';

const begin = '-----BEGIN ';
const end = '-----END ';
const labelMax = 64;

/** Private keys in PEM, RFC 7468 section 2, and OpenPGP armour. A truncated one extends to the end of the text. */
export function privateKeys(text: string): readonly Finding[] {
  const findings: Finding[] = [];
  let position = text.indexOf(begin);
  while (position !== -1) {
    const label = position + begin.length;
    if (!isPrivateKey(text.slice(label, label + labelMax))) {
      position = text.indexOf(begin, label);
      continue;
    }
    const finish = keyEnd(text, label);
    findings.push({ start: position, end: finish });
    position = text.indexOf(begin, finish);
  }
  return findings;
}

function isPrivateKey(label: string): boolean {
  const dashes = label.indexOf('-----');
  return (dashes === -1 ? label : label.slice(0, dashes)).includes('PRIVATE KEY');
}

function keyEnd(text: string, from: number): number {
  const footer = text.indexOf(end, from);
  if (footer === -1) return text.length;
  const dashes = text.slice(footer + end.length, footer + end.length + labelMax).indexOf('-----');
  return dashes === -1 ? text.length : footer + end.length + dashes + 5;
}
