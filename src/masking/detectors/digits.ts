import { isDigit, skip } from './characters.js';

/** A run of digits without separators. */
export interface DigitGroup {
  readonly start: number;
  readonly end: number;
  /** Whether exactly one separator character lies between this group and the previous one. */
  readonly joined: boolean;
}

/** Every maximal run of digits, and whether it continues the previous one. */
export function digitGroups(text: string, isSeparator: (code: number) => boolean): readonly DigitGroup[] {
  const groups: DigitGroup[] = [];
  let previousEnd = -1;
  for (let position = 0; position < text.length; position++) {
    if (!isDigit(text.charCodeAt(position))) continue;
    const end = skip(text, position, isDigit);
    const joined = position === previousEnd + 1 && isSeparator(text.charCodeAt(previousEnd));
    groups.push({ start: position, end, joined });
    previousEnd = end;
    position = end;
  }
  return groups;
}
