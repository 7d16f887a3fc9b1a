/**
 * `gateway.masked_write`: a command that would store the replacement of a masked value that its session was shown.
 * Pure, and shared by the guard, replay and tests.
 */
import type { Decision } from '../../engine/decision.js';
import type { FixedRule } from '../../engine/fixed-rule.js';
import type { Facts } from '../../engine/policy.js';
import { Unknown, isObject, property, withMember } from '../../values/value.js';
import type { AnalysedStatement, SqlAnalysis } from '../../facts/sql/scope/analysis.js';
import type { Catalogue } from '../../facts/sql/catalogue/catalogue.js';
import { placesOf, type Place } from '../../facts/sql/scope/literals.js';
import { never } from '../../errors.js';
import type { Replacements } from './replacements.js';

export type MaskedWrite =
  | { readonly kind: 'found'; readonly reason: string }
  /** It stores values that are bound later. */
  | { readonly kind: 'unbound' }
  /** The client sends rows, which are checked as they arrive: COPY FROM STDIN. */
  | { readonly kind: 'rows' };

/** What is remembered of a bound value. */
export interface BoundValue {
  /** Whether it is or contains a distinctive replacement. */
  readonly distinctive: boolean;
  /** Null is SQL's NULL. For an array, its elements; for a long value, nothing. */
  readonly values: readonly (string | null)[];
  readonly array: boolean;
}

interface Written {
  readonly text: string;
  readonly analysis: Pick<SqlAnalysis, 'statements' | 'error'>;
  /** Null until they are bound. */
  readonly bound: readonly BoundValue[] | null;
}

/** Null if the command stores nothing that the session was shown. */
export function maskedWriteOf(
  written: Written,
  shown: Replacements,
  catalogue: Catalogue | null,
): MaskedWrite | null {
  const { text, analysis, bound } = written;
  if (shown.isEmpty) return null;
  const { statements } = analysis;
  const unreadable = analysis.error !== null || statements.some(({ stored }) => stored === 'unknown');
  const reason = unreadable ? anywhere(text, bound, shown) : null;
  const found = reason ?? firstOf(statements, (one) => inStatement(one, bound ?? [], shown, catalogue));
  if (found !== null) return { kind: 'found', reason: found };
  if (bound === null && statements.some(({ stored }) => takesParameters(stored, text)))
    return { kind: 'unbound' };
  const rows = statements.some(({ copy }) => copy?.direction === 'in' && copy.with === 'client');
  return rows ? { kind: 'rows' } : null;
}

function firstOf<T>(all: readonly T[], find: (one: T) => string | null): string | null {
  for (const one of all) {
    const found = find(one);
    if (found !== null) return found;
  }
  return null;
}

const SHOWN = 'is what this session was shown in place of a masked value, or holds it';

/** What the text stores is not known, so every literal in it counts. */
function anywhere(text: string, bound: readonly BoundValue[] | null, shown: Replacements): string | null {
  if (shown.holds(text)) return `a value in the text ${SHOWN}`;
  const at = (bound ?? []).findIndex(({ distinctive }) => distinctive);
  return at === -1 ? null : `parameter $${at + 1} ${SHOWN}`;
}

function inStatement(
  { stored, overwritten }: AnalysedStatement,
  bound: readonly BoundValue[],
  shown: Replacements,
  catalogue: Catalogue | null,
): string | null {
  if (stored !== undefined && stored !== 'unknown') {
    for (const place of placesOf(stored)) {
      const reason = distinctiveIn(place, bound, shown);
      if (reason !== null) return reason;
    }
  }
  for (const { columns, literals } of overwritten ?? []) {
    for (const place of placesOf(literals)) {
      const values = valuesAt(place, bound);
      if (!values.some((value) => shown.wasShownFor(columns, value, catalogue))) continue;
      const { schema, table, column } = columns[0]!;
      return `\`${schema}.${table}.${column}\` would be set to what this session was shown in its place`;
    }
  }
  return null;
}

function distinctiveIn({ value }: Place, bound: readonly BoundValue[], shown: Replacements): string | null {
  if (value.kind === 'parameter')
    return bound[value.number - 1]?.distinctive === true ? `parameter $${value.number} ${SHOWN}` : null;
  return value.text !== null && shown.holds(value.text) ? `a value in the text ${SHOWN}` : null;
}

/** The value that the column gets, if the literal is the whole value. */
function valuesAt({ value, as }: Place, bound: readonly BoundValue[]): readonly (string | null)[] {
  if (as === 'part') return [];
  if (value.kind === 'constant') return as === 'all' ? [value.text] : [];
  const given = bound[value.number - 1];
  return given !== undefined && given.array === (as === 'elements') ? given.values : [];
}

function takesParameters(stored: AnalysedStatement['stored'], text: string): boolean {
  if (stored === undefined) return false;
  if (stored === 'unknown') return /\$\d/.test(text);
  for (const { value } of placesOf(stored)) if (value.kind === 'parameter') return true;
  return false;
}

const FACT = 'sql.masked_write';

/** Adds to the facts what is known of the command's values. Rows still to come are not mentioned. */
export function withMaskedWrite(facts: Facts, write: MaskedWrite | undefined): Facts {
  if (write === undefined) return facts;
  switch (write.kind) {
    case 'found':
      return withFact(facts, true);
    case 'unbound':
      return withFact(facts, new Unknown('the parameters are not bound yet', FACT));
    case 'rows':
      return facts;
    default:
      return never(write);
  }
}

function withFact(facts: Facts, value: boolean | Unknown): Facts {
  const sql = property(facts, 'sql');
  return isObject(sql) ? withMember(facts, 'sql', withMember(sql, 'masked_write', value)) : facts;
}

/** Whether the facts report a masked write. */
export function isMaskedWrite(facts: Facts): boolean {
  const sql = property(facts, 'sql');
  return isObject(sql) && property(sql, 'masked_write') === true;
}

type Decide = (facts: Facts) => Decision;

/**
 * Whether the rules let a masked write pass. A rule must mean it: an allow or review that would not fire if the same
 * command were not a masked write. A rule that allows everything is not enough.
 */
export function allowsMaskedWrite(decided: Decision, facts: Facts, decide: Decide): boolean {
  if (decided.effect === 'deny') return false;
  const { rules } = decide(withFact(facts, false));
  const before = new Set(rules.map(({ id }) => id));
  return decided.rules.some(
    ({ id, effect }) => (effect === 'allow' || effect === 'review') && !before.has(id),
  );
}

/** The same for rows still to come. */
export function allowsMaskedRows(facts: Facts, decide: Decide): boolean {
  const written = withFact(facts, true);
  const decided = decide(written);
  return decided.effect === 'allow' && allowsMaskedWrite(decided, written, decide);
}

export const MASKED_WRITE = 'gateway.masked_write';

export interface MaskedWriteRefusal extends FixedRule {
  readonly hint: string;
}

export function maskedWriteRefusal(reason = `a value that is written ${SHOWN}`): MaskedWriteRefusal {
  const hint =
    'write only the columns that have changed, or write in a session that has not read masked values; ' +
    'a rule may allow it: allow NAME if sql.masked_write';
  return { rule: MASKED_WRITE, reason, hint };
}

/** The refusal of a masked write that no rule allows; null if the command is not one or is allowed. */
export function refusalOfMaskedWrite(
  decided: Decision,
  facts: Facts,
  decide: Decide,
  reason?: string,
): MaskedWriteRefusal | null {
  if (!isMaskedWrite(facts) || allowsMaskedWrite(decided, facts, decide)) return null;
  return maskedWriteRefusal(reason);
}
