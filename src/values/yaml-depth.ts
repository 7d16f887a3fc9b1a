/** How deep a YAML text could nest. The parser recurses without a limit of its own, so this is asked before it reads. */

export interface TooDeep {
  /** By brackets and braces, or by indentation. */
  readonly by: 'brackets' | 'indentation';
  readonly offset: number;
}

/**
 * The first place deeper than `depthMax`, counted on the text: brackets in strings and comments count too. Null if there is
 * none. In block style each level takes at least one more column or a further `- `: a line begins with `indentMax` at most.
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
