/**
 * How much work one command may cause, in steps: tree nodes that are visited, names that are looked up, members of a list that
 * are copied or compared. Steps are counted, not time, so that the same text has the same result on every machine. Parsing,
 * facts, lineage and everything derived from them draw on the same steps. The steps for ordinary SQL grow with its length; a text
 * that needs many more was made to need them.
 */

/** For the shortest text: a statement over views and functions reads more than itself. */
const STEPS_LEAST = 100_000;
/** For each UTF-16 unit of the text. */
const STEPS_A_CHARACTER = 8;
/** Whatever the text. */
const STEPS_MOST = 4_000_000;

/** Read by the scanner more than once, and written into the tree more than once. In characters. */
const RESCANNED_MOST = 2_000_000;
const COPIED_MOST = 300_000;
/** Each may be the start of more comments. Real SQL does not nest comments deeply. */
const COMMENTS_MOST = 100;

/** Items of one FROM. A server would plan fewer of them for hours. */
export const FROM_MOST = 4096;

/** Columns of one result: PostgreSQL's MaxTupleAttributeNumber. */
export const COLUMNS_MOST = 1664;

export interface Budget {
  left: number;
}

/** `length` is that of the text and of those that it may name (EXECUTE, FETCH), in UTF-16 units. */
export function budgetFor(length: number): Budget {
  return { left: Math.min(STEPS_MOST, STEPS_LEAST + STEPS_A_CHARACTER * length) };
}

/** What `measure` of nesting.ts has counted in a text. */
interface Shape {
  readonly comments: number;
  readonly rescanned: number;
  readonly copied: number;
}

/** Why parsing a text would be too much work; null if it would not. */
export function tooMuchToRead({ comments, rescanned, copied }: Shape): string | null {
  if (comments > COMMENTS_MOST) return 'the comments of the text nest too deep';
  if (rescanned > RESCANNED_MOST) return 'the text has too many operator characters in a row to be read';
  return copied > COPIED_MOST ? 'the text assigns too long a value to too many columns at once' : null;
}

/** Thrown if a derivation is given up; `deriveSql` then returns an analysis in which everything is unknown. */
export class DerivationError extends Error {}

export function take(budget: Budget, steps: number): void {
  budget.left -= steps;
  if (budget.left < 0) throw new DerivationError('the text is too much to work out');
}
