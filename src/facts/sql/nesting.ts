/**
 * How deep a text could nest once it is parsed, without parsing it: one pass over the characters.
 *
 * Every parenthesis, bracket, operator, CASE, NOT, JOIN and UNION can add a level to the tree. What stands beside each
 * other does not: a comma starts again, and AND and OR are one flat node each, so a list of ten thousand values passes
 * and a chain of ten thousand additions does not. It errs on the side of too deep, never the other way.
 */

interface Level {
  /** Operators since the last comma, or the last AND or OR that is a junction. */
  operators: number;
  /** Since the last comma: what an AND does not end (NOT, CASE, JOIN). */
  chain: number;
  /** Never ended by a comma: UNION, INTERSECT, EXCEPT. */
  sets: number;
  /** Words BETWEEN whose AND is yet to come: that one is no junction. */
  between: number;
  cases: number;
}

const levelWeight = 4;
const operatorCharacters = new Set('+-*/<>=~!@#%^&|`?:');
const chainWords = new Set(['not', 'join', 'case']);
const setWords = new Set(['union', 'intersect', 'except']);
/** Words that work as operators and can be repeated at one level. */
const operatorWords = new Set([
  'is', 'isnull', 'notnull', 'in', 'like', 'ilike', 'similar', 'collate', 'at', 'operator', 'escape', 'between', 'overlaps',
]); // prettier-ignore
const identifierStart = /[A-Za-z_\u0080-\uffff]/;
const identifierRest = /[\w$\u0080-\uffff]/;

export function estimateNesting(text: string): number {
  const stack: Level[] = [emptyLevel()];
  let outer = 0;
  let deepest = 0;
  for (let at = 0; at < text.length;) {
    const level = stack.at(-1)!;
    const character = text.charAt(at);
    const skipped = skipQuoted(text, at);
    if (skipped !== at) {
      at = skipped;
      continue;
    }
    if (character === '(' || character === '[') {
      outer += weight(level);
      stack.push(emptyLevel());
    } else if ((character === ')' || character === ']') && stack.length > 1) {
      stack.pop();
      outer -= weight(stack.at(-1)!);
    } else if (character === ',') startAgain(level);
    else if (character === ';' && stack.length === 1) stack[0] = emptyLevel();
    else if (operatorCharacters.has(character)) level.operators++;
    else if (identifierStart.test(character)) {
      const end = endOfWord(text, at);
      countWord(level, text.slice(at, end));
      at = end - 1;
    }
    deepest = Math.max(deepest, outer + weight(stack.at(-1)!));
    at++;
  }
  return deepest;
}

const emptyLevel = (): Level => ({ operators: 0, chain: 0, sets: 0, between: 0, cases: 0 });
const weight = (level: Level): number => levelWeight + level.operators + level.chain + level.sets;

function startAgain(level: Level): void {
  level.operators = 0;
  level.chain = 0;
  level.between = 0;
  level.cases = 0;
}

function countWord(level: Level, written: string): void {
  if (written.length > 10) return;
  const word = written.toLowerCase();
  if (word === 'and' || word === 'or') {
    if (word === 'and' && level.between > 0) level.between--;
    // Inside CASE an AND belongs to a condition that what follows THEN is not part of.
    else if (level.cases === 0) level.operators = 0;
  } else if (chainWords.has(word)) {
    level.chain++;
    if (word === 'case') level.cases++;
  } else if (setWords.has(word)) level.sets++;
  else if (operatorWords.has(word)) {
    level.operators++;
    if (word === 'between') level.between++;
  }
}

function endOfWord(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && identifierRest.test(text.charAt(at))) at++;
  return at;
}

/** The end of a literal, quoted name or comment that starts here; `at` itself where none does. */
export function skipQuoted(text: string, at: number): number {
  switch (text.charAt(at)) {
    case "'":
      return skipString(text, at, isEscapeString(text, at));
    case '"':
      return skipString(text, at, false);
    case '-':
      return text.charAt(at + 1) === '-' ? skipLine(text, at) : at;
    case '/':
      return text.charAt(at + 1) === '*' ? skipComment(text, at) : at;
    case '$':
      return skipDollar(text, at);
    default:
      return at;
  }
}

/** `E'…'` knows backslashes; an `e` at the end of a longer word does not make one. */
function isEscapeString(text: string, quote: number): boolean {
  return /[eE]/.test(text.charAt(quote - 1)) && !identifierRest.test(text.charAt(quote - 2));
}

function skipString(text: string, start: number, escapes: boolean): number {
  const quote = text.charAt(start);
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === quote) return at + 1;
    if (escapes && character === '\\') at++;
  }
  return text.length;
}

function skipLine(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text.charAt(at) === '\n' || text.charAt(at) === '\r') return at;
  }
  return text.length;
}

/** PostgreSQL's block comments nest. */
function skipComment(text: string, start: number): number {
  let depth = 1;
  for (let at = start + 2; at < text.length; at++) {
    if (text.startsWith('/*', at)) {
      depth++;
      at++;
    } else if (text.startsWith('*/', at)) {
      depth--;
      at++;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

/** `$$…$$` and `$tag$…$tag$`. A `$` inside a word never gets here; `$1` is a parameter. */
function skipDollar(text: string, start: number): number {
  const tag = /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]{0,62})?\$/.exec(
    text.slice(start, start + 66),
  )?.[0];
  if (tag === undefined) return start;
  const close = text.indexOf(tag, start + tag.length);
  return close === -1 ? text.length : close + tag.length;
}
