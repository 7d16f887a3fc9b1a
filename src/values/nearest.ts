/** Finds the name that was probably meant, for `did you mean`. */

/** The candidate with the fewest edits from `name`, if they are few enough for a typo. */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  const known = [...candidates];
  const [word] = name.toLowerCase().split(/[\s_.-]/);
  // A difference in case is not an edit, and the first of several words may be the name.
  const same = known.find((one) => one.toLowerCase() === name.toLowerCase());
  return same ?? fewestEdits(name, known) ?? known.find((one) => one.length > 2 && one === word) ?? null;
}

function fewestEdits(name: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `did you mean` if a name is near, to be spread into a diagnostic. */
export function didYouMean(name: string, candidates: Iterable<string>): { help?: string } {
  const best = nearest(name, candidates);
  return best === null ? {} : { help: `did you mean \`${best}\`?` };
}

/** Damerau–Levenshtein distance: insertions, deletions, substitutions and adjacent swaps count one. */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const row = [i];
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1];
      let distance = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1])
        distance = Math.min(distance, beforeLast[j - 2]! + 1);
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[right.length]!;
}
