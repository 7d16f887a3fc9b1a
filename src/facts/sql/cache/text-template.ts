/**
 * One text standing for all that differ from it in inert integers alone. PostgreSQL's lexer takes the longest match, so
 * that other digits in the place of a whole integer leave every other token as it is, and the tree with it.
 */
import {
  isArray,
  isObject,
  property,
  withMember,
  type Value,
  type ValueObject,
} from '../../../values/value.js';
import type { SqlAnalysis } from '../scope/analysis.js';
import { inertIntegers, type Skeleton } from '../query/inert.js';
import { LazyAnalysis } from './lazy-analysis.js';

export interface TextTemplate {
  readonly analysis: SqlAnalysis;
  /** The digits of each integer, or null if they may be any. */
  readonly fixed: readonly (string | null)[];
  /** The position of the statement in the text: the number of characters before it and after it. */
  readonly before: number;
  readonly after: number;
}

/** Null if the text can stand for no other text. */
export function templateOf(text: string, skeleton: Skeleton, analysis: SqlAnalysis): TextTemplate | null {
  if (analysis.inert.size === 0) return null;
  const inert = inertIntegers(text, analysis.inert);
  const statement = statementText(analysis);
  const before = statement === null ? -1 : text.indexOf(statement);
  if (before === -1 || statement === null) return null;
  return {
    analysis,
    fixed: skeleton.integers.map((digits, at) => (inert[at] === true ? null : digits)),
    before,
    after: text.length - before - statement.length,
  };
}

/** The text of the one statement and of all that are nested in it; null if their texts differ. */
function statementText({ sql }: SqlAnalysis): string | null {
  const statements = property(sql, 'statements');
  if (!isArray(statements)) return null;
  const texts = new Set(statements.map((one) => (isObject(one) ? property(one, 'text') : undefined)));
  const [text] = texts;
  return texts.size === 1 && typeof text === 'string' ? text : null;
}

/** The analysis of another text with the same skeleton. Null if a fixed integer differs. */
export function instantiate(template: TextTemplate, text: string, skeleton: Skeleton): SqlAnalysis | null {
  const { analysis, fixed, before, after } = template;
  if (fixed.some((digits, at) => digits !== null && digits !== skeleton.integers[at])) return null;
  return new LazyAnalysis(analysis, () => renamed(analysis.sql, text.slice(before, text.length - after)));
}

function renamed(sql: ValueObject, statement: string): ValueObject {
  const statements = property(sql, 'statements') as readonly Value[];
  const named = statements.map((one) => (isObject(one) ? withMember(one, 'text', statement) : one));
  return withMember(sql, 'statements', named);
}
