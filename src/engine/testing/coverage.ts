/** Which conditions of a rule set its tests evaluated, and their outcomes. */
import type { Position } from '../../../grammar/source.js';
import { triablesOf, type Condition, type Triable } from './branches.js';
import { candidates, type Runnable } from '../compile/compile.js';
import type { Context } from '../context.js';
import type { Core, CoreLiteral, DecisionGroup, Origin } from '../core.js';
import { createIndex, type RuleIndex } from '../compile/rule-index.js';
import { createCompiler } from '../compile/program.js';
import { textOf, type Audience } from '../explain/trace.js';
import { Unknown, type Maybe } from '../../values/value.js';

/** How often a condition came out each way. */
export interface Counts {
  true: number;
  false: number;
  absent: number;
  unknown: number;
  /** Decisions for which the rule index excluded the condition's rule. */
  excluded: number;
}

/** `partly` if one of the wanted outcomes is missing. The last two were never evaluated. */
export type CoverageState = 'covered' | 'partly' | 'index-excluded' | 'never reached';

export interface ConditionCoverage extends Readonly<Counts> {
  readonly kind: Condition['kind'];
  /** As written, on one line. */
  readonly text: string;
  readonly clause: Origin;
  readonly start: Position;
  readonly end: Position;
  readonly state: CoverageState;
  /** The outcomes that no test produced. */
  readonly missing: readonly ('true' | 'not true')[];
}
export interface RuleCoverage {
  readonly name: string;
  readonly line: number;
  /** How often it fired or gave a value. */
  readonly hits: number;
  readonly conditions: readonly ConditionCoverage[];
}
/** The wanted outcomes: each rule fires, each condition is true and not true, each binding has a solution. */
export interface Tally {
  readonly covered: number;
  readonly wanted: number;
}
export interface FileCoverage extends Tally {
  readonly file: string;
  /** In order of line. */
  readonly rules: readonly RuleCoverage[];
}
export interface CoverageReport extends Tally {
  /** Command rows that were decided. */
  readonly decisions: number;
  /** In order of path. */
  readonly files: readonly FileCoverage[];
}

/** Collects coverage over all rows of a test run. */
export class Coverage implements Audience {
  readonly #runnable: Runnable;
  readonly #index: RuleIndex;
  readonly #rules: readonly Triable[];
  readonly #counts = new Map<Core | CoreLiteral, Counts>();
  readonly #values = new Map<Core, number>();
  readonly #fired = new Map<DecisionGroup, number>();
  readonly #excluded = new Map<DecisionGroup, number>();
  #decisions = 0;

  /** `covers` says which files are of interest: tests are not. */
  constructor(runnable: Runnable, covers: (file: string) => boolean) {
    this.#runnable = runnable;
    // Traced code evaluates every rule; a separate index tells what the gateway would not evaluate.
    this.#index = createIndex(createCompiler(runnable.resolved.world, false), runnable.rules);
    this.#rules = triablesOf(runnable.program).filter(({ at }) => covers(at.source.path));
    for (const { conditions, values } of this.#rules) {
      for (const value of values) this.#values.set(value, 0);
      for (const { of } of conditions) this.#counts.set(of, emptyCounts());
    }
  }

  value(core: Core | CoreLiteral, value: Maybe): void {
    const counts = this.#counts.get(core);
    if (counts !== undefined) counts[outcomeOf(value)]++;
    const hits = this.#values.get(core as Core);
    if (hits !== undefined && value !== undefined) this.#values.set(core as Core, hits + 1);
  }

  fired(group: DecisionGroup): void {
    this.#fired.set(group, (this.#fired.get(group) ?? 0) + 1);
  }

  /** A command was decided in this context. */
  decided(context: Context): void {
    this.#decisions++;
    const wanted = new Set(candidates({ ...this.#runnable, index: this.#index }, context));
    for (const group of this.#runnable.rules)
      if (!wanted.has(group)) this.#excluded.set(group, (this.#excluded.get(group) ?? 0) + 1);
  }

  report(): CoverageReport {
    const paths = [...new Set(this.#rules.map(({ at }) => at.source.path))].sort();
    const files = paths.map((file) => {
      const own = this.#rules.filter(({ at }) => at.source.path === file);
      const rules = own.map((rule) => this.#rule(rule)).sort((a, b) => a.line - b.line);
      return { file, ...tallyOf(rules), rules };
    });
    return { decisions: this.#decisions, ...sum(files), files };
  }

  #rule({ name, at, group, values, conditions }: Triable): RuleCoverage {
    const given = values.reduce((hits, value) => hits + this.#values.get(value)!, 0);
    const excluded = group === null ? 0 : (this.#excluded.get(group) ?? 0);
    return {
      name,
      line: at.source.position(at.span.start).line,
      hits: group === null ? given : (this.#fired.get(group) ?? 0),
      conditions: conditions.map((condition) => this.#condition(condition, excluded)).sort(byPlace),
    };
  }

  #condition({ kind, origin, of }: Condition, excluded: number): ConditionCoverage {
    const counts = { ...this.#counts.get(of)!, excluded };
    const { source, span } = of;
    const tried = counts.true + counts.false + counts.absent + counts.unknown;
    const missing = missingOf(kind, counts);
    const left = excluded > 0 && excluded === this.#decisions ? 'index-excluded' : 'never reached';
    const reached = missing.length === 0 ? 'covered' : 'partly';
    return {
      kind,
      text: textOf(of),
      clause: origin,
      start: source.position(span.start),
      end: source.position(span.end),
      ...counts,
      state: tried === 0 ? left : reached,
      missing,
    };
  }
}

function emptyCounts(): Counts {
  return { true: 0, false: 0, absent: 0, unknown: 0, excluded: 0 };
}

function outcomeOf(value: Maybe): Exclude<keyof Counts, 'excluded'> {
  if (value === undefined) return 'absent';
  if (value instanceof Unknown) return 'unknown';
  return value === false ? 'false' : 'true';
}

/** Most bindings have a solution for every command, so nothing else is required of them. */
function missingOf(kind: Condition['kind'], counts: Counts): ConditionCoverage['missing'] {
  const missing: ('true' | 'not true')[] = [];
  if (counts.true === 0) missing.push('true');
  if (kind === 'condition' && counts.false + counts.absent + counts.unknown === 0) missing.push('not true');
  return missing;
}

function byPlace(a: ConditionCoverage, b: ConditionCoverage): number {
  return a.start.line - b.start.line || a.start.column - b.start.column;
}

function tallyOf(rules: readonly RuleCoverage[]): Tally {
  return sum(
    rules.map(({ hits, conditions }) => {
      const asked = conditions.reduce((total, { kind }) => total + (kind === 'binding' ? 1 : 2), 0);
      const lacking = conditions.reduce((total, { missing }) => total + missing.length, 0);
      return { covered: asked - lacking + (hits > 0 ? 1 : 0), wanted: asked + 1 };
    }),
  );
}

function sum(tallies: readonly Tally[]): Tally {
  return {
    covered: tallies.reduce((total, { covered }) => total + covered, 0),
    wanted: tallies.reduce((total, { wanted }) => total + wanted, 0),
  };
}

/** Two digits after the point, never rounded up to reach a threshold. */
export function percentOf({ covered, wanted }: Tally): number {
  return wanted === 0 ? 100 : Math.floor((covered / wanted) * 10_000) / 100;
}
