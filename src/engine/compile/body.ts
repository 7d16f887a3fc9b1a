/** Bodies: each literal continues with the next, and the last with the consumer of solutions. */
import { never } from '../../errors.js';
import type { CoreBody, CoreLiteral, CorePattern } from '../core.js';
import type { Compiler, Continue, Match } from './compiler.js';
import type { Frame } from '../context.js';
import { entriesOf, isSame, type Truth } from '../../values/kleene.js';
import {
  isArray,
  isObject,
  isScalar,
  property,
  Unknown,
  ValueSet,
  type Maybe,
  type Value,
  type ValueObject,
} from '../../values/value.js';
import { noMembers, noParts } from '../../values/wrong-type.js';

export function compileBody(c: Compiler, body: CoreBody, next: Continue, traced: boolean): Continue {
  return body.literals.reduceRight<Continue>(
    (rest, literal) => compileLiteral(c, literal, rest, traced),
    next,
  );
}

function compileLiteral(c: Compiler, literal: CoreLiteral, next: Continue, traced: boolean): Continue {
  return traced && literal.kind !== 'condition'
    ? traceSolutions(c, literal, next)
    : compileUntraced(c, literal, next);
}

/** A literal that binds is reported once for each solution, and once if it has none. */
function traceSolutions(c: Compiler, literal: CoreLiteral, next: Continue): Continue {
  let solutions = 0;
  const compiled = compileUntraced(c, literal, (frame, doubt) => {
    solutions++;
    frame.context.tracer?.literal(literal, doubt ?? true);
    return next(frame, doubt);
  });
  return (frame, doubt) => {
    const before = solutions;
    const stopped = compiled(frame, doubt);
    if (solutions === before) frame.context.tracer?.literal(literal, undefined);
    return stopped;
  };
}

function compileUntraced(c: Compiler, literal: CoreLiteral, next: Continue): Continue {
  switch (literal.kind) {
    case 'condition': {
      const evaluate = c.expression(literal.expression);
      return (frame, doubt) => {
        frame.context.budget.spend(1);
        const value = evaluate(frame);
        frame.context.tracer?.literal(literal, value);
        if (value === undefined || value === false) return false;
        return next(frame, doubt ?? (value instanceof Unknown ? value : null));
      };
    }
    case 'assign': {
      const evaluate = c.expression(literal.value);
      const match = c.pattern(literal.pattern);
      return (frame, doubt) => {
        frame.context.budget.spend(1);
        const value = evaluate(frame);
        if (value === undefined) return false;
        const fits = match(frame, value);
        return fits !== false && next(frame, doubt ?? (fits === true ? null : fits));
      };
    }
    case 'some':
      return compileSome(c, literal, next);
    default:
      return never(literal);
  }
}

/** Each member in turn; for an unknown collection, one branch in which every variable is unknown. */
function compileSome(c: Compiler, literal: CoreLiteral & { kind: 'some' }, next: Continue): Continue {
  const evaluate = c.expression(literal.collection);
  const matchKey = literal.key && c.pattern(literal.key);
  const matchValue = c.pattern(literal.value);
  const tryEntry = (frame: Frame, doubt: Unknown | null, key: Value, value: Value): boolean => {
    frame.context.budget.spend(1);
    const keyFits = matchKey === null ? true : matchKey(frame, key);
    if (keyFits === false) return false;
    const fits = matchValue(frame, value);
    if (fits === false) return false;
    return next(frame, doubt ?? (keyFits === true ? null : keyFits) ?? (fits === true ? null : fits));
  };
  return (frame, doubt) => {
    frame.context.budget.spend(1);
    const found = evaluate(frame);
    if (found === undefined) return false;
    const collection = isScalar(found) ? noMembers(found) : found;
    if (collection instanceof Unknown) return tryEntry(frame, doubt ?? collection, collection, collection);
    if (matchKey === null && (isArray(collection) || collection instanceof ValueSet)) {
      for (const member of isArray(collection) ? collection : collection.items)
        if (tryMember(frame, doubt, member)) return true;
      return false;
    }
    for (const [key, value] of entriesOf(collection)) {
      if (tryEntry(frame, doubt ?? (value instanceof Unknown ? value : null), key, value)) return true;
    }
    return false;
  };
  function tryMember(frame: Frame, doubt: Unknown | null, member: Value): boolean {
    frame.context.budget.spend(1);
    const fits = matchValue(frame, member);
    if (fits === false) return false;
    // An unknown member may be absent, whatever the pattern.
    const own = member instanceof Unknown ? member : fits === true ? null : fits;
    return next(frame, doubt ?? own);
  }
}

export function compilePattern(c: Compiler, pattern: CorePattern): Match {
  switch (pattern.kind) {
    case 'variable': {
      const { slot } = pattern;
      return (frame, value) => {
        frame.slots[slot] = value;
        return value instanceof Unknown ? value : true;
      };
    }
    case 'wildcard':
      return (_, value) => (value instanceof Unknown ? value : true);
    case 'constant': {
      const evaluate = c.expression(pattern.value);
      return (frame, value) => {
        const wanted = evaluate(frame);
        return wanted === undefined ? false : isSame(wanted, value);
      };
    }
    case 'array':
      return compileArrayPattern(pattern.elements.map((element) => c.pattern(element)));
    case 'object':
      return compileObjectPattern(
        pattern.entries.map(({ key, value }) => ({ key, match: c.pattern(value) })),
      );
    default:
      return never(pattern);
  }
}

/** Why it is unknown whether a value matches: the value is unknown, or a scalar, which has no parts. */
export function unknownIn(value: Value, pattern: 'array' | 'object'): Unknown | null {
  if (value instanceof Unknown) return value;
  return value !== null && isScalar(value) ? noParts(value, pattern) : null;
}

function compileArrayPattern(elements: readonly Match[]): Match {
  return (frame, value) => {
    const unknown = unknownIn(value, 'array');
    if (unknown !== null) return matchAll(frame, elements, () => unknown);
    if (!isArray(value)) return false;
    const at = value.findIndex((member) => member instanceof Unknown);
    if (at === -1) {
      if (value.length !== elements.length) return false;
      return matchAll(frame, elements, (i) => value[i]);
    }
    // An unknown member may stand for any number of them: only members before it have a certain index.
    if (at > elements.length) return false;
    const doubt = value[at] as Unknown;
    const fits = matchAll(frame, elements, (i) => (i < at ? value[i] : doubt));
    return fits === true ? doubt : fits;
  };
}

function compileObjectPattern(entries: readonly { readonly key: string; readonly match: Match }[]): Match {
  const matches = entries.map(({ match }) => match);
  return (frame, value) => {
    const unknown = unknownIn(value, 'object');
    if (unknown !== null) return matchAll(frame, matches, () => unknown);
    if (!isObject(value)) return false;
    const fits = matchAll(frame, matches, (i) => property(value, entries[i]!.key));
    if (fits === false || Object.keys(value).length === entries.length) return fits;
    return matchRest(value, entries, fits);
  };
}

/** Fields that the pattern does not have: one with an unknown value may be absent, any other is a mismatch. */
function matchRest(
  object: ValueObject,
  entries: readonly { readonly key: string }[],
  fits: true | Unknown,
): Truth {
  const keys = new Set(entries.map(({ key }) => key));
  const rest = Object.entries(object).filter(([key]) => !keys.has(key));
  if (!rest.every(([, value]) => value instanceof Unknown)) return false;
  return fits === true ? (rest[0]![1] as Unknown) : fits;
}

/** All variables are bound even if an earlier part is unknown. */
function matchAll(frame: Frame, matches: readonly Match[], part: (index: number) => Maybe): Truth {
  let truth: Truth = true;
  for (let i = 0; i < matches.length; i++) {
    const value = part(i);
    const fits: Truth = value === undefined ? false : matches[i]!(frame, value);
    if (fits === false) return false;
    if (truth === true) truth = fits;
  }
  return truth;
}
