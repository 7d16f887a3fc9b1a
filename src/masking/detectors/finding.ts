/** A match of a detector: UTF-16 offsets, the end excluded. */
export interface Finding {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds every occurrence in a text. Time is linear in the text, whatever it holds: detectors are scanners that look
 * ahead a bounded number of characters or never read a character twice.
 */
export type Detector = (text: string) => readonly Finding[];

/** A range of overlapping or adjacent findings, with those findings. */
export interface Place<F extends Finding> extends Finding {
  readonly members: readonly F[];
}

/** Findings in order, overlapping and adjacent ones merged. */
export function merge<F extends Finding>(findings: readonly F[]): readonly Place<F>[] {
  const merged: { start: number; end: number; members: F[] }[] = [];
  for (const finding of [...findings].sort((a, b) => a.start - b.start)) {
    const { start, end } = finding;
    const last = merged.at(-1);
    if (last === undefined || start > last.end) merged.push({ start, end, members: [finding] });
    else {
      last.end = Math.max(last.end, end);
      last.members.push(finding);
    }
  }
  return merged;
}
