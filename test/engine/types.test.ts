/** What the checker infers is true of every value, and what it calls impossible never happens. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import { engineBuiltins } from '../../src/engine/builtins/catalogue.js';
import { fits } from '../../src/engine/builtins/call.js';
import { check } from '../../src/engine/check/check.js';
import { assemble, contained, decideIn } from '../../src/engine/compile/compile.js';
import { readDataPath } from '../../src/engine/compile/document.js';
import { Budget, createContext, type Context } from '../../src/engine/context.js';
import type { Core } from '../../src/engine/core.js';
import { partsOf } from '../../src/engine/core-walk.js';
import { findUnknown } from '../../src/values/kleene.js';
import { resolve, type Resolved } from '../../src/engine/resolve/resolve.js';
import { json, optional, type FactSchema, type Type } from '../../src/values/schema.js';
import { Unknown, type Maybe, type Value, type ValueObject } from '../../src/values/value.js';
import { facts as typedFacts, ruleSet } from './random-rules.js';
import { protocolFacts, protocolRules } from './random-protocols.js';
import { freeFacts, program } from './random-values.js';
import { host, parse, schema as typedSchema } from './rule-set.js';
import { fromValue } from './table.js';

interface Checked {
  readonly resolved: Resolved;
  readonly types: ReadonlyMap<Core, Type>;
  readonly impossible: readonly Diagnostic[];
}

function checkRandom(rules: string, schema: FactSchema): Checked {
  const plain = resolve([parse(rules)], {}, schema, engineBuiltins);
  expect(plain.diagnostics.map(({ message }) => message)).toEqual([]);
  const types = new Map<Core, Type>();
  const resolved = { ...plain, world: { ...plain.world, types } };
  check(resolved.program, resolved.world);
  const impossible = resolved.diagnostics.filter(({ code }) =>
    ['impossible-comparison', 'never-holds', 'not-a-collection', 'wrong-protocol'].includes(code),
  );
  return { resolved, types, impossible };
}

/** Everything that had a value on the way, as long as nothing failed. */
interface Seen {
  readonly values: (readonly [Core, Value])[];
  failed: boolean;
}

function watching(facts: ValueObject): { readonly context: Context; readonly seen: Seen } {
  const seen: Seen = { values: [], failed: false };
  const value = (core: Core, found: Maybe) => {
    if (found === undefined) return;
    if (found instanceof Unknown || findUnknown(found) !== null) seen.failed = true;
    seen.values.push([core, found]);
  };
  const tracer = { value, literal: () => undefined, outcome: () => undefined };
  return { context: { ...createContext(facts, new Budget(100_000)), tracer }, seen };
}

const spender = { spend: () => undefined };

/** The first value that is not of its type, or that was said not to happen; null where all is as it was said. */
function contradiction({ types, impossible }: Checked, { values }: Seen): string | null {
  for (const [core, value] of values) {
    const text = core.source.text.slice(core.span.start, core.span.end);
    const type = types.get(core);
    if (type !== undefined && !fits(value, type, spender))
      return `\`${text}\` is ${JSON.stringify(fromValue(value))}, not ${JSON.stringify(type)}`;
    const wrong = value === true ? impossible.find((finding) => isAbout(finding, core)) : undefined;
    if (wrong !== undefined) return `\`${text}\` holds, but: ${wrong.message}`;
  }
  return null;
}

/** A comparison is reported at one of its sides, or at a member of one; a condition at itself. */
function isAbout(finding: Diagnostic, core: Core): boolean {
  const at = (one: Core) => one.span.start === finding.span.start && one.span.end === finding.span.end;
  // `unless` and what it negates stand at the same place.
  if (finding.message.startsWith('`unless`')) return false;
  if (finding.code === 'never-holds')
    return at(core) && !(core.kind === 'not' && core.operand.kind === 'exists');
  if (finding.code === 'wrong-protocol') return false;
  if (core.kind === 'binary' && core.operator === '==')
    return partsOf(core).some((side) => at(side) || partsOf(side).some(at));
  if (core.kind !== 'membership') return false;
  // Of a literal collection one member may be impossible and another one there.
  return at(core.value) || at(core.collection);
}

/** Rules with a condition of their own, not inside another one, of which a finding says that it cannot hold. */
function barredRules({ resolved, impossible }: Checked): string[] {
  return resolved.program.decisions
    .filter(({ clauses }) =>
      clauses.some(({ body }) =>
        body.literals.some(
          (literal) =>
            literal.origin === 'body' &&
            literal.kind === 'condition' &&
            isPlain(literal.expression) &&
            impossible.some((finding) => contains(literal, finding)),
        ),
      ),
    )
    .map(({ id }) => id);
}

function isPlain(core: Core): boolean {
  if (core.kind === 'membership') return !['set', 'array'].includes(core.collection.kind);
  if (core.kind === 'binary') return core.operator === '==' && core.left.kind !== 'call';
  return core.kind === 'rule' || core.kind === 'step';
}

function contains(outer: Pick<Core, 'span'>, { span }: Diagnostic): boolean {
  return outer.span.start <= span.start && span.end <= outer.span.end;
}

describe('types are true of values', () => {
  test('of rules over anything', () => {
    let informative = 0;
    fc.assert(
      fc.property(program, freeFacts, (rules, input) => {
        const checked = checkRandom(rules, { roots: { input: optional(json, 'Anything.') } });
        const { resolved } = checked;
        const source = { modules: [], data: {}, revision: 'r' };
        const runnable = assemble(resolved, source, { schema: resolved.world.schema, builtins: [] }, true);
        const { context, seen } = watching({ input });
        for (const name of ['r0', 'r1', 'r2'])
          contained(() => readDataPath(runnable.compiler, resolved.program.documents, ['p', name], context));
        if (seen.failed) return;
        informative++;
        expect(contradiction(checked, seen)).toBeNull();
      }),
      { numRuns: 300 },
    );
    // What is of the wrong type somewhere is unknown, and says nothing.
    expect(informative).toBeGreaterThan(3);
  });

  test('of decisions over facts', () => {
    let held = 0;
    fc.assert(
      fc.property(ruleSet, typedFacts, (rules, facts) => {
        const checked = checkRandom(rules, typedSchema);
        const source = { modules: [], data: {}, revision: 'r' };
        const runnable = assemble(checked.resolved, source, host, true);
        const { context, seen } = watching(facts);
        decideIn(runnable, context);
        held += seen.values.filter(([, value]) => value === true).length;
        expect(seen.failed).toBe(false);
        expect(contradiction(checked, seen)).toBeNull();
      }),
      { numRuns: 300 },
    );
    expect(held).toBeGreaterThan(600);
  });

  test('of rules over several protocols: what is refused never applies', () => {
    let fired = 0;
    let refused = 0;
    fc.assert(
      fc.property(protocolRules, protocolFacts, (rules, facts) => {
        const checked = checkRandom(rules, typedSchema);
        const source = { modules: [], data: {}, revision: 'r' };
        const runnable = assemble(checked.resolved, source, host, true);
        const { context, seen } = watching(facts);
        const { rules: applied } = decideIn(runnable, context);
        const barred = barredRules(checked);
        fired += applied.length;
        refused += barred.length;
        expect(applied.map(({ id }) => id).filter((id) => barred.includes(id))).toEqual([]);
        if (!seen.failed) expect(contradiction(checked, seen)).toBeNull();
      }),
      { numRuns: 300 },
    );
    expect(fired).toBeGreaterThan(10);
    expect(refused).toBeGreaterThan(15);
  });
});
