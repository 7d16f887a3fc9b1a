import { isDigit, skip } from './characters.js';

/** A run of digits without anything in between. */
export interface DigitGroup {
  readonly start: number;
  readonly end: number;
  /** Whether one separator character, and nothing else, stands between this group and the one before. */
  readonly joined: boolean;
}

/** Every maximal run of digits, with whether it continues the one before. */
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
