/** Single-valued rules with two values at once: both constant, and one holds whenever the other does. */
import type { Clause, Core, CoreLiteral, HelperGroup, Program } from '../core.js';
import type { World } from '../resolve/scope.js';
import { compare } from '../../values/value.js';

export function checkOverlaps(program: Program, world: World): void {
  for (const group of program.helpers) if (group.kind !== 'set') checkOverlap(group, world);
}

interface Candidate {
  readonly clause: Clause;
  readonly value: Core & { readonly kind: 'constant' };
  /** Parameters and keys, which must be the same for two of them to be about the same. */
  readonly about: string;
  readonly conditions: ReadonlySet<string>;
}

/** Rules with more clauses than this are compared with the few that hold most often. */
const comparedMax = 50;

function checkOverlap(group: HelperGroup, world: World): void {
  const earlier: Candidate[] = [];
  for (const clause of group.clauses) {
    const candidate = candidateOf(clause);
    if (candidate === null) continue;
    const other = earlier.find((one) => contradicts(one, candidate));
    if (other !== undefined) reportOverlap(world, group, other, candidate);
    if (earlier.length < comparedMax) earlier.push(candidate);
  }
}

/** Only the first branch: an `else` applies if the ones before it do not hold. */
function candidateOf(clause: Clause): Candidate | null {
  const { body, value, keys } = clause.branches[0]!;
  if (value.kind !== 'constant' || !keys.every(({ kind }) => kind === 'constant')) return null;
  if (body.literals.some(isNever)) return null;
  const parts = [...keys, ...clause.parameters].map((node) => textOf(node));
  return {
    clause,
    value,
    about: JSON.stringify(parts),
    conditions: new Set(body.literals.map(textOf)),
  };
}

/** A rule that is switched off contradicts nothing. */
function isNever(literal: CoreLiteral): boolean {
  if (literal.kind !== 'condition') return false;
  const { expression } = literal;
  return expression.kind === 'constant' && expression.value === false;
}

function textOf({ source, span }: Pick<Core, 'source' | 'span'>): string {
  return source.text.slice(span.start, span.end).replace(/\s+/g, ' ');
}

/** Wherever one of the two holds, so does the other. Names mean the same within a file only. */
function contradicts(one: Candidate, other: Candidate): boolean {
  if (one.about !== other.about || compare(one.value.value, other.value.value) === 0) return false;
  if (one.conditions.size === 0 || other.conditions.size === 0) return true;
  if (one.clause.source !== other.clause.source) return false;
  return isPart(one.conditions, other.conditions) || isPart(other.conditions, one.conditions);
}

function isPart(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return [...one].every((condition) => other.has(condition));
}

function reportOverlap(world: World, group: HelperGroup, one: Candidate, other: Candidate): void {
  const { source, span } = one.clause;
  const [plain] = [one, other].filter(({ conditions }) => conditions.size === 0);
  const both = one.conditions.size + other.conditions.size === 0;
  const value = plain === undefined ? '' : textOf(plain.value);
  const help =
    both || plain === undefined || group.kind !== 'complete'
      ? 'a rule has one value at a time: add conditions, or `else`'
      : `a value for where no other stands is written \`default ${group.path.at(-1)!} := ${value}\``;
  world.diagnostics.push({
    code: 'two-values',
    severity: 'error',
    message: `\`${group.name}\` has another value at ${source.path}:${source.position(span.start).line}, and both hold at once`,
    span: other.clause.span,
    source: other.clause.source,
    help,
  });
}
