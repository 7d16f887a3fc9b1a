/** What differs between two texts of which one is the other with a single small change. */

export interface LineChange {
  readonly sign: '-' | '+';
  readonly text: string;
}

/** The lines between what both begin with and what both end with; empty ones say nothing. */
export function diffLines(before: string, after: string): readonly LineChange[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < old.length && old[start] === now[start]) start++;
  let end = 0;
  const room = Math.min(old.length, now.length) - start;
  while (end < room && old.at(-1 - end) === now.at(-1 - end)) end++;
  const changes: readonly LineChange[] = [
    ...old.slice(start, old.length - end).map((text) => ({ sign: '-' as const, text })),
    ...now.slice(start, now.length - end).map((text) => ({ sign: '+' as const, text })),
  ];
  return changes.filter(({ text }) => text !== '');
}
