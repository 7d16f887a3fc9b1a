/** Where a detector found something: UTF-16 offsets, the end excluded. */
export interface Finding {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds every occurrence in a text. Time is linear in the text, whatever it holds: detectors are scanners that look
 * ahead a bounded number of characters or never look at a character twice.
 */
export type Detector = (text: string) => readonly Finding[];

/** Findings in order, those that overlap or touch made one. */
export function merge(findings: readonly Finding[]): readonly Finding[] {
  const merged: { start: number; end: number }[] = [];
  for (const finding of [...findings].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last === undefined || finding.start > last.end) merged.push({ ...finding });
    else last.end = Math.max(last.end, finding.end);
  }
  return merged;
}
