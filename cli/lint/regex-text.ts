/** Regular expressions as texts. */

/** Whether every alternative at the top level of a pattern is anchored at both ends. */
export function isAnchored(pattern: string): boolean {
  // Flags do not affect this, except `m`, under which `^` and `$` match at lines.
  const [flags = ''] = /^(\(\?[a-zA-Z-]+\))*/.exec(pattern) ?? [];
  if (flags.includes('m')) return false;
  return alternativesOf(pattern.slice(flags.length)).every(
    (alternative) => /^(\^|\\A)/.test(alternative) && /(^|[^\\])(\\\\)*(\$|\\z)$/.test(alternative),
  );
}

/** The alternatives outside groups and classes. */
function alternativesOf(pattern: string): string[] {
  const found: string[] = [''];
  let depth = 0;
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    if (character === '\\') {
      found.push(found.pop()! + pattern.slice(at, at + 2));
      at++;
      continue;
    }
    if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (!inClass && character === '(') depth++;
    else if (!inClass && character === ')') depth--;
    if (character === '|' && depth === 0 && !inClass) found.push('');
    else found.push(found.pop()! + character);
  }
  return found;
}
