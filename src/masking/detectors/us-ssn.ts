import { digitGroups } from './digits.js';
import type { Finding } from './finding.js';

function isSeparator(code: number): boolean {
  return code === 0x2d || code === 0x20;
}

/** Social security numbers as they are written, `219-09-9999`; nine bare digits may be anything and are not matched. */
export function usSocialSecurityNumbers(text: string): readonly Finding[] {
  const groups = digitGroups(text, isSeparator);
  const findings: Finding[] = [];
  for (let i = 0; i + 2 < groups.length; i++) {
    const [area, group, serial] = [groups[i]!, groups[i + 1]!, groups[i + 2]!];
    if (!group.joined || !serial.joined) continue;
    // Both separators must be the same, so that a column of numbers does not match.
    if (text[area.end] !== text[group.end]) continue;
    const digits = [area, group, serial].map((g) => text.slice(g.start, g.end));
    if (isIssued(digits[0]!, digits[1]!, digits[2]!)) findings.push({ start: area.start, end: serial.end });
  }
  return findings;
}

/** Numbers that the Social Security Administration never assigns: 000, 666 and 9xx, group 00, serial 0000. */
function isIssued(area: string, group: string, serial: string): boolean {
  if (area.length !== 3 || group.length !== 2 || serial.length !== 4) return false;
  return area !== '000' && area !== '666' && !area.startsWith('9') && group !== '00' && serial !== '0000';
}
