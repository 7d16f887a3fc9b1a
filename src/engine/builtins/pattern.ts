/** Compiled patterns. They run in linear time whatever the pattern; a bounded number of them is kept. */
import { RE2JS, RE2JSException } from 're2js';
import { BuiltinError } from './builtin.js';

/** The longest pattern, in code units. What it may repeat is bounded by the syntax itself. */
const patternLengthMax = 10_000;
/** How many patterns are kept compiled. */
const patternsMax = 500;
/** Instructions that one character of the text may cost. */
const programSizeMax = 20_000;

const compiled = new Map<string, RE2JS>();

/** The pattern, or a built-in error where RE2 would not take it. */
export function compilePattern(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (pattern.length > patternLengthMax) throw new BuiltinError('the pattern is too long');
  const fresh = compileFresh(pattern);
  if (compiled.size >= patternsMax) compiled.delete(compiled.keys().next().value!);
  compiled.set(pattern, fresh);
  return fresh;
}

function compileFresh(pattern: string): RE2JS {
  try {
    const fresh = RE2JS.compile(pattern);
    if (fresh.programSize() > programSizeMax) throw new BuiltinError('the pattern is too large');
    return fresh;
  } catch (error) {
    if (error instanceof RE2JSException) throw new BuiltinError(error.message);
    throw error;
  }
}

/** Where a match begins and ends, followed by the same of each group; -1 where a group took no part. */
export type Span = readonly [start: number, end: number, ...groups: number[]];

/**
 * All matches from left to right, at most `count` of them; all where it is negative. An empty match right behind
 * another match does not count, as in Go.
 */
export function* findAll(pattern: RE2JS, text: string, count: number): Generator<Span> {
  const matcher = pattern.matcher(text);
  let previousEnd = -1;
  for (let found = 0; found !== count && matcher.find();) {
    const start = matcher.start();
    const end = matcher.end();
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
