/** Compares a decision with what a test row expects. */
import type { Expectation, Identifier } from '../../../grammar/ast.js';
import { toMethod } from '../compile/decide.js';
import { describeMethod, type Decision, type MaskMethod } from '../decision.js';

/** One column of a result, and how it is masked. */
export interface ResultColumn {
  /** As the client sees it. */
  readonly name: string;
  /** Whether it may hold values of a column, `customers.email`. */
  readonly holds: (column: string) => boolean;
  /** Null if values are not masked as a whole. */
  readonly method: MaskMethod | null;
  /** The detectors that search its values. */
  readonly detectors: readonly { readonly name: string; readonly method: MaskMethod }[];
  /** The rules that require this. */
  readonly rules: readonly string[];
}

/**
 * Empty if the decision is as expected. `columns` are those of the result; null if the protocol has none, and then the
 * rules' selectors are compared.
 */
export function compareDecision(
  decision: Decision,
  wanted: Expectation,
  columns: readonly ResultColumn[] | null = null,
): string[] {
  return [
    ...compareEffect(decision, wanted),
    ...compareRules(decision, wanted),
    ...compareMasks(decision, wanted, columns),
    ...compareReviews(decision, wanted),
    ...compareLimits(decision, wanted),
    ...compareShadows(decision, wanted),
  ];
}

function compareEffect({ effect, unknowns }: Decision, wanted: Expectation): string[] {
  if (wanted.effect !== 'undecided')
    return effect === wanted.effect ? [] : [`it is ${effect}, not ${wanted.effect}`];
  if (unknowns.length > 0) return [];
  return [effect === 'deny' ? 'every rule could be decided' : `it is ${effect}, not undecided`];
}

/** A row names rules that fired; a rule that could not be decided does not count. */
function compareRules({ rules, unknowns }: Decision, { effect, ruleIds }: Expectation): string[] {
  const open = new Set(unknowns.map(({ id }) => id));
  if (effect === 'undecided')
    return missing(ruleIds, open).map((name) => `\`${name}\` is not among what could not be decided`);
  // An allow is not the reason for a denial.
  const reasons = rules.filter((rule) => effect !== 'deny' || rule.effect !== 'allow');
  return missing(ruleIds, new Set(reasons.map(({ id }) => id))).map((name) =>
    open.has(name)
      ? `\`${name}\` could not be decided, so that it did not fire: \`=> undecided ${name}\` expects that`
      : `\`${name}\` did not fire`,
  );
}

function missing(ids: readonly Identifier[], there: ReadonlySet<string>): string[] {
  return ids.map(({ name }) => name).filter((name) => !there.has(name));
}

function compareMasks(
  decision: Decision,
  { masks }: Expectation,
  columns: readonly ResultColumn[] | null,
): string[] {
  return masks.flatMap(({ columns: named, method }) =>
    named.flatMap(({ value }) => {
      const found =
        columns === null
          ? selected(decision, value)
          : (become(decision, value, columns) ?? 'not in the result');
      if (typeof found === 'string') return [`\`${value}\` is ${found}`];
      return compareMethods(value, found, method === null ? null : toMethod(method));
    }),
  );
}

/** The method of each column that the row means; null for one that passes unchanged. */
function compareMethods(
  name: string,
  found: readonly (MaskMethod | null)[],
  wanted: MaskMethod | null,
): string[] {
  if (found.includes(null)) return [`\`${name}\` is not masked`];
  if (wanted === null) return [];
  const text = describeMethod(wanted);
  const other = found.map((method) => describeMethod(method!)).find((one) => one !== text);
  return other === undefined ? [] : [`\`${name}\` becomes ${other}, not ${text}`];
}

function selected({ masks }: Decision, name: string): readonly MaskMethod[] | string {
  const methods = masks
    .filter(({ selectors }) => selectors.some(({ value }) => value === name))
    .map(({ method }) => method);
  return methods.length === 0 ? 'not masked' : methods;
}

/** Matches by source column, by the column's own name, by detector or by tag. */
function become(
  { masks }: Decision,
  name: string,
  columns: readonly ResultColumn[],
): readonly (MaskMethod | null)[] | null {
  const byColumn = columns.filter((column) => column.name === name || column.holds(name));
  if (byColumn.some(({ method }) => method !== null)) return byColumn.map(({ method }) => method);
  const found = columns.flatMap(({ detectors }) => detectors.filter((detector) => detector.name === name));
  if (found.length > 0) return found.map(({ method }) => method);
  const isTagged = masks.filter(({ selectors }) =>
    selectors.some(({ by, value }) => by === 'tagged' && value === name),
  );
  const rules = new Set(isTagged.map(({ rule }) => rule));
  const byTag = columns.filter(
    (column) => column.method !== null && column.rules.some((rule) => rules.has(rule)),
  );
  const any = byTag.length > 0 ? byTag : byColumn;
  return any.length === 0 ? null : any.map(({ method }) => method);
}

function compareReviews({ reviews }: Decision, { reviewers, quorum, within }: Expectation): string[] {
  const groups = new Set(reviews.flatMap((review) => review.groups));
  const asked = reviewers.map(({ value }) => value);
  const ofAsked = reviews.filter(
    (one) => asked.length === 0 || one.groups.some((group) => asked.includes(group)),
  );
  const quorums = [...new Set(ofAsked.map((review) => review.quorum))];
  const seconds = [...new Set(reviews.map(({ withinSeconds }) => withinSeconds))];
  return [
    ...asked.filter((group) => !groups.has(group)).map((group) => `\`${group}\` need not agree`),
    ...(quorum === null || quorums.includes(Number(quorum.text))
      ? []
      : [`${quorums.join(' or ') || 'nobody'} must agree, not ${quorum.text}`]),
    ...(within === null || seconds.includes(within.nanoseconds / 1e9)
      ? []
      : [`it waits ${seconds.join(' or ') || 'no'} seconds, not ${within.text}`]),
  ];
}

function compareLimits({ limits }: Decision, wanted: Expectation): string[] {
  return wanted.limits.flatMap(({ unit, amount }) => {
    const limit = limits[unit];
    if (limit === undefined) return [`${unit} are not limited`];
    return limit === Number(amount.text) ? [] : [`${unit} are limited to ${limit}, not ${amount.text}`];
  });
}

function compareShadows(decision: Decision, { shadows }: Expectation): string[] {
  const fired = decision.shadows.filter(({ undecided }) => undecided === undefined);
  const open = new Set(decision.shadows.map(({ id }) => id));
  return missing(shadows, new Set(fired.map(({ id }) => id))).map((name) =>
    open.has(name)
      ? `the shadow rule \`${name}\` could not be decided`
      : `the shadow rule \`${name}\` did not fire`,
  );
}
