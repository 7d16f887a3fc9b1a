/** Compiled patterns. They run in linear time whatever the pattern; a bounded number of them is kept. */
import { RE2JS, RE2JSException } from 're2js';
import { BuiltinError, type BuiltinContext } from './builtin.js';

/** The longest pattern, in code units. What it may repeat is bounded by the syntax itself. */
const patternLengthMax = 10_000;
/** How many patterns of a kind are kept compiled, and how many kinds: a kind is a syntax, with its delimiters. */
const patternsMax = 200;
const kindsMax = 20;
/** Instructions that one character of the text may cost. */
const programSizeMax = 20_000;

const compiled = new Map<string, Map<string, RE2JS>>();

/** The pattern, or a built-in error where RE2 would not take it. */
export function compilePattern(pattern: string): RE2JS {
  return compileTranslated('', pattern, () => pattern);
}

/** A pattern written in the words of another syntax. */
export function compileTranslated(kind: string, source: string, translate: () => string): RE2JS {
  if (source.length > patternLengthMax) throw new BuiltinError('the pattern is too long');
  const ofKind = compiled.get(kind) ?? keep(compiled, kindsMax, kind, new Map<string, RE2JS>());
  return ofKind.get(source) ?? keep(ofKind, patternsMax, source, compileFresh(translate()));
}

/** The oldest makes room. */
function keep<T>(kept: Map<string, T>, max: number, key: string, value: T): T {
  if (kept.size >= max) kept.delete(kept.keys().next().value!);
  kept.set(key, value);
  return value;
}

function compileFresh(pattern: string): RE2JS {
  // What is translated is longer than its source: a code point in a class takes ten characters.
  if (pattern.length > patternLengthMax * 10) throw new BuiltinError('the pattern is too long');
  try {
    const fresh = RE2JS.compile(pattern);
    if (fresh.programSize() > programSizeMax) throw new BuiltinError('the pattern is too large');
    return fresh;
  } catch (error) {
    if (error instanceof RE2JSException) throw new BuiltinError(error.message);
    throw error;
  }
}

/**
 * Whether the pattern occurs in a text. The time grows with the product of the text and the pattern's instructions, and
 * so does what it takes from the budget.
 */
export function occurs(pattern: RE2JS, text: string, context: BuiltinContext): boolean {
  spendOnSearch(pattern, text, context);
  return pattern.test(text);
}

function spendOnSearch(pattern: RE2JS, text: string, context: BuiltinContext): void {
  context.spend(1 + Math.floor((text.length * pattern.programSize()) / 32));
}

/** Where a match begins and ends, followed by the same of each group; -1 where a group took no part. */
export type Span = readonly [start: number, end: number, ...groups: number[]];

/**
 * All matches from left to right, at most `count` of them; all where it is negative. An empty match right behind
 * another match does not count, as in Go.
 */
export function* findAll(
  pattern: RE2JS,
  text: string,
  count: number,
  context: BuiltinContext,
): Generator<Span> {
  spendOnSearch(pattern, text, context);
  // A search may look at all that is left before it settles for a short match (`a.*b|a`), if it can repeat at all.
  const ahead = /[*+]|,\}/.test(pattern.pattern()) ? pattern.programSize() : 0;
  const matcher = pattern.matcher(text);
  let previousEnd = -1;
  for (let found = 0; found !== count && matcher.find();) {
    const start = matcher.start();
    const end = matcher.end();
    context.spend(1 + Math.floor(((text.length - end) * ahead) / 2048));
    const isAbutting = start === end && start === previousEnd;
    previousEnd = end;
    if (isAbutting) continue;
    found++;
    const groups: number[] = [];
    for (let group = 1; group <= matcher.groupCount(); group++)
      groups.push(matcher.start(group), matcher.end(group));
    yield [start, end, ...groups];
  }
}
