/**
 * Functions of the rules, where they are called. What a function makes of a parameter is judged by what it is called with:
 * `s.verb != "select"` is sound of a statement, which always has a verb, and silent of a claim, which may lack it. So the
 * body is checked once more for each kind of arguments. What keeps nobody out is reported for any of them; a name or a type
 * that is wrong, where it is wrong for all of them: a function may have a branch for each kind.
 */
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import { askedKey, askedOfRule, type Asked } from './knowledge/asked.js';
import { reportAt, type Checker } from './knowledge/checker.js';
import { presenceKey } from './knowledge/condition-key.js';
import type { CallCore, Clause, Core, HelperGroup } from '../core.js';
import { unknownRule, type Instance, type RuleType } from '../resolve/inferred.js';
import { knownType, type Knowledge } from './knowledge/knowledge.js';
import { issuer, isShared, placeOf } from './knowledge/place.js';
import { ruleTypeOf, type CheckedBranch } from './rule-type.js';
import type { World } from '../resolve/scope.js';
import { json, type Type } from '../../values/schema.js';
import { joinAll } from './types/algebra.js';
import { typeKey } from './types/key.js';

/** What the body is checked with. */
export interface Arguments {
  readonly types: readonly Type[];
  /** The places that parameters are other names of, in every rule; null for what is computed. */
  readonly places: readonly (string | null)[];
  /** What is known to be there below each argument, as the rest of its place. */
  readonly present: readonly (readonly string[])[];
  readonly issuer: Type | null;
}

/** An instance that is to be: what is asked of the function as well. */
export interface Given extends Arguments {
  readonly asked: Asked;
}

/** Opens a checker over another world for a clause, and checks its branches. */
export type CheckWith = (checker: Checker, world: World, clause: Clause, given: Given) => CheckedBranch[];

/** Beyond so many kinds of arguments a function is checked with arguments that may be anything. */
const kindsMax = 500;
/** Calls inside calls, each checked with what the one around it was called with. */
const depthMax = 64;

/** Reported for any arguments: then the function keeps nobody out, or lets somebody in. */
const opening: ReadonlySet<string> = new Set([
  'absent-comparison',
  'deep-calls',
  'dynamic-condition',
  'impossible-argument',
]);
/** Reported where it is so for all arguments. */
const slips: ReadonlySet<string> = new Set([
  'argument-type',
  'impossible-comparison',
  'impossible-group',
  'not-a-collection',
  'not-a-condition',
  'operand-type',
  'unknown-claim',
  'unknown-database',
  'unknown-field',
  'unknown-label',
  'unknown-table',
  'unknown-target',
]);

/** What a function is, called with these arguments. */
export function instanceOf(
  checker: Checker,
  core: CallCore,
  group: HelperGroup,
  types: readonly Type[],
  check: CheckWith,
): RuleType {
  const { instances } = checker.world;
  let known = instances.get(group);
  if (known === undefined) instances.set(group, (known = new Map<string, Instance | null>()));
  const given = known.size < kindsMax ? argumentsOf(checker, core, types) : anything(group);
  const asked = askedOfRule(group, checker.called, checker.sought.has(core));
  const key = [askedKey(asked), keyOf(given)].join(' ');
  const found = known.get(key);
  // One that is being checked calls itself, which is reported as that.
  if (found !== undefined) return found?.type ?? unknownRule;
  if (checker.depth === depthMax) return tooDeep(checker, core);
  known.set(key, null);
  const instance = { ...createInstance(checker, group, { ...given, asked }, check), call: core };
  known.set(key, instance);
  return instance.type;
}

function createInstance(
  checker: Checker,
  group: HelperGroup,
  given: Given,
  check: CheckWith,
): Omit<Instance, 'call'> {
  const findings: Diagnostic[] = [];
  const world: World = { ...checker.world, diagnostics: findings, promised: new Set(), types: new Map() };
  const branches = group.clauses.flatMap((clause) => check(checker, world, clause, given));
  const fallback = group.default === null ? null : ruleTypeOfDefault(checker, group);
  return { type: ruleTypeOf(group, branches, fallback), findings };
}

/** What was found in functions as they are called, each once. */
export function reportInstances(world: World): void {
  const reported = new Set(world.diagnostics.map(placeOfFinding));
  for (const known of world.instances.values()) {
    const all = [...known.values()].filter((instance) => instance !== null);
    const counts = new Map<string, number>();
    for (const { findings } of all)
      for (const place of new Set(findings.map(placeOfFinding)))
        counts.set(place, (counts.get(place) ?? 0) + 1);
    for (const { findings, call } of all)
      for (const finding of findings) {
        const place = placeOfFinding(finding);
        const everywhere = slips.has(finding.code) && counts.get(place) === all.length;
        if (reported.has(place) || !(everywhere || opening.has(finding.code))) continue;
        reported.add(place);
        world.diagnostics.push(everywhere ? finding : calledAs(finding, call));
      }
  }
}

/** Where the arguments come from for which it is so. */
function calledAs(finding: Diagnostic, { source, span }: CallCore): Diagnostic {
  const text = source.text.slice(span.start, span.end).replace(/\s+/g, ' ');
  const place = `${source.path}:${source.position(span.start).line}`;
  const help = finding.help ?? '';
  return { ...finding, help: `${help}${help.endsWith('?') ? '' : ';'} so it is for \`${text}\` at ${place}` };
}

function placeOfFinding({ code, source, span }: Diagnostic): string {
  return `${code} ${source.path} ${span.start}-${span.end}`;
}

function ruleTypeOfDefault(checker: Checker, group: HelperGroup): Type {
  return checker.world.rules.get(group)?.value ?? json;
}

function argumentsOf(checker: Checker, core: CallCore, types: readonly Type[]): Arguments {
  const places = core.arguments.map((argument) => placeOf(checker.aliases, argument));
  return {
    types: types.map((type, i) => widened(core.arguments[i]!, type)),
    places: places.map((place) => (place !== null && isShared(place) ? place : null)),
    present: presentBelow(checker.knowledge, places),
    issuer: knownType(checker.knowledge, issuer),
  };
}

function anything(group: HelperGroup): Arguments {
  const types = Array.from({ length: group.arity }, () => json);
  return { types, places: types.map(() => null), present: types.map(() => []), issuer: null };
}

function presentBelow(knowledge: Knowledge, places: readonly (string | null)[]): string[][] {
  const bases = places.map((place) => (place === null ? null : `${presenceKey(place)}[`));
  const present = places.map(() => new Set<string>());
  for (let at: Knowledge | null = knowledge; at !== null; at = at.parent)
    for (const [key, truth] of at.truths)
      bases.forEach((base, i) => {
        if (truth && base !== null && key.startsWith(base)) present[i]!.add(key.slice(base.length - 1));
      });
  return present.map((below) => [...below].sort());
}

/** Takes in what is known of an argument, for a parameter that is a variable. */
export function knowArgument(checker: Checker, slot: number, given: Arguments, index: number): void {
  const place = given.places[index] ?? null;
  if (place !== null) checker.aliases.set(slot, place);
  const base = place ?? `#${slot}`;
  for (const below of given.present[index]!) checker.knowledge.truths.set(presenceKey(base + below), true);
}

/** Calling a function with a text that it has no answer for is how it says no. */
function widened(core: Core, type: Type): Type {
  if (core.kind === 'constant')
    return type.kind === 'string' ? { kind: 'string', given: type.values ?? [] } : type;
  if (core.kind !== 'array' && core.kind !== 'set') return type;
  const elements = core.elements.map((element) => widened(element, json));
  return elements.some(({ kind }) => kind === 'json')
    ? type
    : { kind: core.kind, element: joinAll(elements) };
}

function keyOf({ types, places, present, issuer: by }: Arguments): string {
  return JSON.stringify([types.map(typeKey), places, present, by === null ? null : typeKey(by)]);
}

function tooDeep(checker: Checker, core: CallCore): RuleType {
  const message = `calls are nested more than ${depthMax} deep here`;
  reportAt(checker, { code: 'deep-calls', message, help: 'let fewer functions call each other' }, core);
  return unknownRule;
}
