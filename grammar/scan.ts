/**
 * Hand-written scanners for the tokens whose regular expressions would backtrack on hostile input. Each returns the end
 * offset of the token that starts at `start`, and never fails: an unclosed string ends where its line does, and the
 * tree builder reports it.
 */

/** A `"…"` or `'…'` string: up to its closing quote, or to the end of the line if there is none. */
export function scanString(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (character === quote) return at + 1;
    if (character === '\n' || character === '\r') return at;
    if (character === '\\' && isOnLine(text, at + 1)) at++;
  }
  return text.length;
}

/** A raw string: up to the next backtick, or to the end of the text if there is none. */
export function scanRawString(text: string, start: number): number {
  const close = text.indexOf('`', start + 1);
  return close === -1 ? text.length : close + 1;
}

/** Everything adjacent to a leading digit; an exponent may be signed. */
export function scanNumber(text: string, start: number): number {
  if (!isDigit(text, start)) return start;
  let at = start + 1;
  while (at < text.length && (/[\w.µ]/.test(text.charAt(at)) || isExponentSign(text, at))) at++;
  return at;
}

function isExponentSign(text: string, at: number): boolean {
  const sign = text[at] === '+' || text[at] === '-';
  return sign && /[eE]/.test(text.charAt(at - 1)) && isDigit(text, at + 1) && isDigit(text, at - 2);
}

function isDigit(text: string, at: number): boolean {
  const character = text.charAt(at);
  return character >= '0' && character <= '9';
}

/** The text of a template up to a hole, its closing quote, or (outside raw templates) the end of the line. */
export function scanTemplateText(text: string, start: number, raw: boolean): number {
  const quote = raw ? '`' : '"';
  let at = start;
  for (; at < text.length; at++) {
    const character = text[at];
    if (character === quote || character === '{') return at;
    if (!raw && (character === '\n' || character === '\r')) return at;
    // A raw template has one escape, `\{`; any other backslash is literal.
    if (character === '\\' && (raw ? text[at + 1] === '{' : isOnLine(text, at + 1))) at++;
  }
  return Math.min(at, text.length);
}

function isOnLine(text: string, at: number): boolean {
  return at < text.length && text[at] !== '\n' && text[at] !== '\r';
}
