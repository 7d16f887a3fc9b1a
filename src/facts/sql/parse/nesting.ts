/**
 * The cost of parsing a text, measured by one pass over its characters before the parser sees it.
 *
 * Depth: every parenthesis, bracket, operator, CASE, NOT, JOIN and UNION can add a level to the tree. Siblings do not: a comma
 * starts again, and AND and OR are one flat node each, so a list of ten thousand values passes and a chain of ten thousand
 * additions does not. It errs on the side of too deep, never the other way.
 */

export interface TextShape {
  /** How deep it could nest once it is parsed. */
  readonly nesting: number;
  /** How deep its block comments nest. */
  readonly comments: number;
  /**
   * Characters that the scanner looks at more than once: at the start of a comment or an operator it reads all operator
   * characters that follow, and puts back the excess (`xcstart` and `operator` in scan.l).
   */
  readonly rescanned: number;
  /** Characters of the tree that are written out once more: the value of `(a, b, …) = …` beside each of its columns. */
  readonly copied: number;
}

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
  /** Its members so far. */
  members: number;
  /** The position of the value of an assignment to several columns, and the number of columns. */
  assigned: { readonly columns: number; readonly from: number } | null;
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

export function measure(text: string): TextShape {
  return new Measure(text).run();
}

export function estimateNesting(text: string): number {
  return measure(text).nesting;
}

class Measure {
  readonly #text: string;
  readonly #stack: Level[] = [emptyLevel()];
  readonly #runs: OperatorRuns;
  #outer = 0;
  #deepest = 0;
  #comments = 0;
  #copied = 0;
  /** Members of the parentheses that have just closed; 0 if the last token was something else. */
  #closed = 0;

  constructor(text: string) {
    this.#text = text;
    this.#runs = new OperatorRuns(text);
  }

  run(): TextShape {
    const text = this.#text;
    for (let at = 0; at < text.length;) {
      const skipped = this.#skip(at);
      at = skipped === at ? this.#take(at) : skipped;
      this.#deepest = Math.max(this.#deepest, this.#outer + weight(this.#level));
    }
    while (this.#stack.length > 0) this.#endValue(this.#stack.pop()!, text.length);
    return {
      nesting: this.#deepest,
      comments: this.#comments,
      rescanned: this.#runs.cost,
      copied: this.#copied,
    };
  }

  get #level(): Level {
    return this.#stack.at(-1)!;
  }

  #skip(at: number): number {
    if (!this.#text.startsWith('/*', at)) {
      const end = skipQuoted(this.#text, at);
      if (end !== at && !this.#text.startsWith('--', at)) this.#closed = 0;
      return end;
    }
    const { end, depth } = skipComment(this.#text, at, (opening) => this.#runs.startAt(opening));
    this.#comments = Math.max(this.#comments, depth);
    return end;
  }

  /** One character that is neither quoted nor in a comment, or the word that it begins: to where it goes on. */
  #take(at: number): number {
    const text = this.#text;
    const character = text.charAt(at);
    const level = this.#level;
    if (isBlank(character)) return at + 1;
    const closed = this.#closed;
    this.#closed = 0;
    if (character === '(' || character === '[') {
      this.#outer += weight(level);
      this.#stack.push(emptyLevel());
    } else if (character === ')' || character === ']') this.#close(at);
    else if (character === ',') {
      this.#endValue(level, at);
      startAgain(level);
    } else if (character === ';' && this.#stack.length === 1) {
      this.#endValue(level, at);
      this.#stack[0] = emptyLevel();
    } else if (operatorCharacters.has(character)) {
      if (character === '=' && closed > 1) level.assigned = { columns: closed, from: at };
      this.#runs.startAt(at);
      level.operators++;
    } else if (identifierStart.test(character)) {
      const end = endOfWord(text, at);
      countWord(level, text, at, end);
      return end;
    }
    return at + 1;
  }

  #close(at: number): void {
    if (this.#stack.length === 1) return;
    const inner = this.#stack.pop()!;
    this.#endValue(inner, at);
    this.#outer -= weight(this.#level);
    this.#closed = inner.members;
  }

  #endValue(level: Level, at: number): void {
    if (level.assigned !== null) this.#copied += level.assigned.columns * (at - level.assigned.from);
    level.assigned = null;
  }
}

/** Runs of operator characters, of which the scanner reads the rest wherever something begins in one. */
class OperatorRuns {
  readonly #text: string;
  #end = 0;
  cost = 0;

  constructor(text: string) {
    this.#text = text;
  }

  startAt(at: number): void {
    if (at >= this.#end) {
      this.#end = at;
      while (this.#end < this.#text.length && operatorCharacters.has(this.#text.charAt(this.#end)))
        this.#end++;
    }
    this.cost += this.#end - at;
  }
}

const isBlank = (character: string): boolean => character <= ' ';
const emptyLevel = (): Level => ({
  operators: 0,
  chain: 0,
  sets: 0,
  between: 0,
  cases: 0,
  members: 1,
  assigned: null,
});
const weight = (level: Level): number => levelWeight + level.operators + level.chain + level.sets;

function startAgain(level: Level): void {
  level.members++;
  level.operators = 0;
  level.chain = 0;
  level.between = 0;
  level.cases = 0;
}

function countWord(level: Level, text: string, start: number, end: number): void {
  if (end - start > 10) return;
  const word = text.slice(start, end).toLowerCase();
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

/** The end of the literal, quoted name or comment that starts here; `at` itself if none does. */
export function skipQuoted(text: string, at: number): number {
  switch (text.charAt(at)) {
    case "'":
      return skipString(text, at, isEscapeString(text, at));
    case '"':
      return skipString(text, at, false);
    case '-':
      return text.charAt(at + 1) === '-' ? skipLine(text, at) : at;
    case '/':
      return text.charAt(at + 1) === '*' ? skipComment(text, at).end : at;
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

/** PostgreSQL's block comments nest. `opens` is told of each that begins. */
function skipComment(
  text: string,
  start: number,
  opens?: (at: number) => void,
): { readonly end: number; readonly depth: number } {
  let depth = 1;
  let deepest = 1;
  opens?.(start);
  for (let at = start + 2; at < text.length; at++) {
    if (text.startsWith('/*', at)) {
      opens?.(at);
      deepest = Math.max(deepest, ++depth);
      at++;
    } else if (text.startsWith('*/', at)) {
      depth--;
      at++;
      if (depth === 0) return { end: at + 1, depth: deepest };
    }
  }
  return { end: text.length, depth: deepest };
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
