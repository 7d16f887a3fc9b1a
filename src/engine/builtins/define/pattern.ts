/** Compiled patterns. They run in linear time whatever the pattern; a bounded number of them is kept. */
import { RE2JS, RE2JSException } from 're2js';
import { BuiltinError, type BuiltinContext } from './builtin.js';

/** The longest pattern, in code units. The syntax itself bounds repetitions. */
const patternLengthMax = 10_000;
/** How many compiled patterns are cached per kind, and how many kinds: a kind is a syntax with its delimiters. */
const patternsMax = 200;
const kindsMax = 20;
/** Instructions that one character of the text may cost. */
const programSizeMax = 20_000;

const compiled = new Map<string, Map<string, RE2JS>>();

/** Compiles a pattern; a built-in error if RE2 would refuse it. */
export function compilePattern(pattern: string): RE2JS {
  return compileTranslated('', pattern, () => pattern);
}

/** Compiles a pattern of another syntax, which `translate` turns into RE2's. */
export function compileTranslated(kind: string, source: string, translate: () => string): RE2JS {
  if (source.length > patternLengthMax) throw new BuiltinError('the pattern is too long');
  const ofKind = compiled.get(kind) ?? keep(compiled, kindsMax, kind, new Map<string, RE2JS>());
  return ofKind.get(source) ?? keep(ofKind, patternsMax, source, compileFresh(translate()));
}

/** Evicts the oldest entry. */
function keep<T>(kept: Map<string, T>, max: number, key: string, value: T): T {
  if (kept.size >= max) kept.delete(kept.keys().next().value!);
  kept.set(key, value);
  return value;
}

function compileFresh(pattern: string): RE2JS {
  // A translated pattern is longer than its source: a code point in a class takes ten characters.
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
 * so does its cost in the budget.
 */
export function occurs(pattern: RE2JS, text: string, context: BuiltinContext): boolean {
  spendOnSearch(pattern, text, context);
  return pattern.test(text);
}

function spendOnSearch(pattern: RE2JS, text: string, context: BuiltinContext): void {
  context.spend(1 + Math.floor((text.length * pattern.programSize()) / 32));
}

/** The start and end of a match, followed by those of each group; -1 if a group took no part. */
export type Span = readonly [start: number, end: number, ...groups: number[]];

/**
 * All matches from left to right, at most `count` of them; all if it is negative. An empty match directly after another
 * match does not count, as in Go.
 */
export function* findAll(
  pattern: RE2JS,
  text: string,
  count: number,
  context: BuiltinContext,
): Generator<Span> {
  spendOnSearch(pattern, text, context);
  // A search may read all remaining text before it accepts a short match (`a.*b|a`), if it can repeat at all.
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
