/** Compares the conditions of one conjunction: whether they leave any value that satisfies all of them. */
import type { Core } from '../../src/engine/core.js';
import { isArray, isScalar, ValueSet, type Value } from '../../src/values/value.js';
import { canonical } from './frame.js';

interface Known {
  /** Null while any value is possible. */
  allowed: ReadonlySet<string> | null;
  readonly excluded: Set<string>;
  above: number;
  below: number;
  truth: boolean | null;
  last: Core;
}

/** The first condition that cannot hold together with one before it; null if there is none. */
export function contradiction(
  conditions: readonly Core[],
): { readonly core: Core; readonly before: Core } | null {
  const subjects = new Map<string, Known>();
  for (const core of conditions) {
    for (const claim of claimsOf(core, true)) {
      const known = subjects.get(claim.subject);
      const now = known ?? {
        allowed: null,
        excluded: new Set(),
        above: -Infinity,
        below: Infinity,
        truth: null,
        last: core,
      };
      const before = now.last;
      subjects.set(claim.subject, now);
      if (!learn(now, claim)) return { core, before };
      now.last = core;
    }
  }
  return null;
}

type Claim =
  | { readonly kind: 'among' | 'not-among'; readonly subject: string; readonly values: readonly Value[] }
  | { readonly kind: 'above' | 'below'; readonly subject: string; readonly bound: number }
  | { readonly kind: 'truth'; readonly subject: string; readonly truth: boolean };

function claimsOf(core: Core, truth: boolean): readonly Claim[] {
  if (core.kind === 'not') return claimsOf(core.operand, !truth);
  // No condition holds on an absent value, and everything may be denied.
  const whole: Claim = { kind: 'truth', subject: canonical(core, 'slots'), truth };
  if (core.kind === 'binary')
    return [whole, ...comparisonClaims(core.operator, core.left, core.right, truth)];
  if (core.kind !== 'membership' || core.key !== null) return [whole];
  const values = constants(core.collection);
  if (values === null) return [whole];
  const subject = `value ${canonical(core.value, 'slots')}`;
  return [whole, { kind: truth ? 'among' : 'not-among', subject, values }];
}

function comparisonClaims(operator: string, left: Core, right: Core, truth: boolean): readonly Claim[] {
  const [core, literal, turned] = left.kind === 'constant' ? [right, left, true] : [left, right, false];
  if (literal.kind !== 'constant' || core.kind === 'constant' || !isScalar(literal.value)) return [];
  const subject = `value ${canonical(core, 'slots')}`;
  const { value } = literal;
  if (operator === '==' || operator === '!=')
    return [{ kind: (operator === '==') === truth ? 'among' : 'not-among', subject, values: [value] }];
  if (typeof value !== 'number' || !truth) return [];
  const upward = operator.startsWith('>') !== turned;
  // Strict and non-strict bounds are treated alike: `x >= 5` and `x <= 5` hold for 5.
  if (!/^[<>]=?$/.test(operator)) return [];
  return [{ kind: upward ? 'above' : 'below', subject, bound: value }];
}

/** False if no value is left. */
function learn(known: Known, claim: Claim): boolean {
  switch (claim.kind) {
    case 'truth':
      if (known.truth !== null && known.truth !== claim.truth) return false;
      known.truth = claim.truth;
      return true;
    case 'among': {
      const values = new Set(claim.values.map(keyOf));
      known.allowed =
        known.allowed === null ? values : new Set([...known.allowed].filter((one) => values.has(one)));
      break;
    }
    case 'not-among':
      for (const value of claim.values) known.excluded.add(keyOf(value));
      break;
    case 'above':
      known.above = Math.max(known.above, claim.bound);
      return known.above <= known.below;
    case 'below':
      known.below = Math.min(known.below, claim.bound);
      return known.above <= known.below;
  }
  return known.allowed === null || [...known.allowed].some((one) => !known.excluded.has(one));
}

function keyOf(value: Value): string {
  return typeof value === 'bigint' ? `${value}n` : JSON.stringify(value);
}

/** The scalars of a literal collection; null if a part of it is computed. */
function constants(core: Core): readonly Value[] | null {
  if (core.kind === 'set' || core.kind === 'array') {
    const values = core.elements.map((element) => (element.kind === 'constant' ? element.value : undefined));
    return values.every((value) => value !== undefined && isScalar(value)) ? values : null;
  }
  if (core.kind !== 'constant') return null;
  const items = isArray(core.value) ? core.value : core.value instanceof ValueSet ? core.value.items : null;
  return items?.every(isScalar) === true ? items : null;
}
