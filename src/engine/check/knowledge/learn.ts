/** Taking things in: what a value must be or cannot be from here on, and what contradicts it. */
import { localType, narrowed, type Checker } from './checker.js';
import type { Core, HelperGroup } from '../../core.js';
import { unknownRule, type RuleType } from '../../resolve/inferred.js';
import { knownTruth, knownType } from './knowledge.js';
import { placeOf } from './place.js';
import { json, type Type } from '../../../values/schema.js';
import { fieldType, joinAll, meet, memberTypes, without } from '../types/algebra.js';
import { typeOfConstant } from '../types/value-type.js';

/** A contradiction: a value of two types that have nothing in common, or a condition that holds and does not. */
export type Conflict =
  | { readonly kind: 'type'; readonly place: string; readonly known: Type; readonly needed: Type }
  | { readonly kind: 'truth' };

export function ruleType(checker: Checker, group: HelperGroup): RuleType {
  return (checker.mocked ? undefined : checker.world.rules.get(group)) ?? unknownRule;
}

/** The type of an expression as far as it is known without looking for mistakes in it. */
export function typeAt(checker: Checker, core: Core): Type {
  if (core.kind === 'constant') return typeOfConstant(core.value);
  if (core.kind === 'array' || core.kind === 'set')
    return { kind: core.kind, element: joinAll(core.elements.map((element) => typeAt(checker, element))) };
  return narrowed(checker, core, declaredType(checker, core));
}

function declaredType(checker: Checker, core: Core): Type {
  if (core.kind === 'local') return localType(checker, core.slot);
  if (core.kind === 'fact') return checker.world.schema.roots[core.root]?.type ?? json;
  if (core.kind === 'rule') return ruleType(checker, core.rule).value;
  if (core.kind !== 'step' || core.key.kind !== 'constant') return json;
  const base = typeAt(checker, core.base);
  const { value } = core.key;
  return (typeof value === 'string' ? fieldType(base, value) : memberTypes(base)?.value) ?? json;
}

/** The value of an expression is of a type: that is known of its place from here on. */
export function need(checker: Checker, core: Core, needed: Type): Conflict | null {
  const place = needed.kind === 'json' ? null : placeOf(checker.aliases, core);
  return place === null ? null : learn(checker, place, typeAt(checker, core), needed);
}

export function exclude(checker: Checker, core: Core, values: readonly string[]): Conflict | null {
  const place = placeOf(checker.aliases, core);
  if (place === null) return null;
  const known = typeAt(checker, core);
  const left = without(known, values);
  if (left === null) return { kind: 'type', place, known, needed: known };
  if (left !== known) checker.knowledge.types.set(place, left);
  return null;
}

export function learn(checker: Checker, place: string, declared: Type, needed: Type): Conflict | null {
  const known = knownType(checker.knowledge, place) ?? declared;
  const left = meet(known, needed);
  if (left === null) return { kind: 'type', place, known, needed };
  if (left !== known) checker.knowledge.types.set(place, left);
  return null;
}

export function learnAll(checker: Checker, needs: ReadonlyMap<string, Type>): Conflict | null {
  for (const [place, type] of needs) {
    const conflict = learn(checker, place, json, type);
    if (conflict !== null) return conflict;
  }
  return null;
}

/** A condition comes out once and for all. */
export function settle(checker: Checker, key: string, truth: boolean): Conflict | null {
  const known = knownTruth(checker.knowledge, key);
  if (known === !truth) return { kind: 'truth' };
  if (known === null) checker.knowledge.truths.set(key, truth);
  return null;
}
