/** The statement inside PREPARE … AS and DECLARE … FOR, as text: the tree does not say where it begins. */
import { skipQuoted } from './nesting.js';

/** The text after the first `word` outside quotes, comments and parentheses; null if there is none. */
export function textAfter(text: string, word: 'AS' | 'FOR'): string | null {
  let depth = 0;
  for (let at = 0; at < text.length;) {
    const skipped = skipQuoted(text, at);
    if (skipped !== at) {
      at = skipped;
      continue;
    }
    const character = text.charAt(at);
    if (character === '(') depth++;
    if (character === ')') depth--;
    const written = /^[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/.exec(text.slice(at, at + 70))?.[0] ?? '';
    if (depth === 0 && written.toUpperCase() === word) return text.slice(at + written.length).trim();
    at += Math.max(1, written.length);
  }
  return null;
}
