/** Whether a text mentions a name, in whatever letters: one pass over a text, whatever number of names is asked for. */
import type { Budget } from '../parse/budget.js';
import { take } from '../parse/budget.js';

/** To read a character is much less than a step. */
const READ_A_STEP = 8;

const WORD = /[\p{L}\p{N}_$]+/gu;
/** A name in Unicode escapes can be any. */
const ESCAPED = /u&"/i;

/** The words of a text; null if it can mention any name. */
type Words = ReadonlySet<string> | null;

/** For the texts that concern one command. */
const read = new WeakMap<Budget, Map<string, Words>>();

/** Case folding here includes every pair of letters that some implementation folds. */
const folded = (text: string): string => text.toUpperCase().toLowerCase();

export function mentions(budget: Budget, text: string, name: string): boolean {
  take(budget, 1);
  const words = wordsOf(budget, text);
  // A name of several words may be wherever all of them are, one without any everywhere.
  return words === null || (folded(name).match(WORD) ?? []).every((word) => words.has(word));
}

function wordsOf(budget: Budget, text: string): Words {
  let texts = read.get(budget);
  if (texts === undefined) read.set(budget, (texts = new Map<string, Words>()));
  let words = texts.get(text);
  if (words !== undefined) return words;
  take(budget, text.length / READ_A_STEP);
  words = ESCAPED.test(text) ? null : new Set(folded(text).match(WORD));
  texts.set(text, words);
  return words;
}
