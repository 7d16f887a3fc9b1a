/** How deep texts and values nest. What reads them recurses: 20,000 nested `[` crash the YAML parser and the process. */

interface TooDeep {
  /** By brackets and braces, or by indentation. */
  readonly by: 'brackets' | 'indentation';
  readonly offset: number;
}

/**
 * In YAML that is still to be parsed, the first place deeper than `depthMax`. Brackets in strings and comments count too. Null
 * if there is none. In block style each level takes at least one more column or a further `- `: a line begins with `indentMax` at most.
 */
export function findTooDeep(text: string, depthMax: number, indentMax = depthMax * 2): TooDeep | null {
  let depth = 0;
  for (let offset = 0; offset < text.length; offset++) {
    const character = text[offset];
    if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
    if (depth > depthMax) return { by: 'brackets', offset };
  }
  const indented = new RegExp(`^(?:[ \\t]|[-?:][ \\t]){${indentMax + 1}}`, 'm').exec(text);
  return indented === null ? null : { by: 'indentation', offset: indented.index };
}

/** In parsed JSON. */
export function deeperThan(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return depth === 0 || Object.values(value).some((member) => deeperThan(member, depth - 1));
}
