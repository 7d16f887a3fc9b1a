/** Records what traced code reports while it runs: the values of each expression and the outcomes of literals. */
import type { Outcome, Tracer } from '../context.js';
import type { Core, CoreLiteral, DecisionGroup } from '../core.js';
import { partsOf } from '../core-walk.js';
import { contrast } from './contrast.js';
import { renderValue, shorten } from '../../values/render.js';
import { Unknown, type Maybe } from '../../values/value.js';

/** `not reached` if an earlier condition stopped every branch. */
export type Fared = 'held' | 'failed' | 'unknown' | 'not reached';

/** A part of a condition with its value, for people. */
export interface Part {
  readonly text: string;
  /** For an expression evaluated for several solutions, its values one after another. */
  readonly value: string;
  /** For a comparison that fails: what differs. */
  readonly notes?: readonly string[];
}

const valueLengthMax = 200;
/** How many earlier values of an expression are kept besides the last one. */
const earlierMax = 4;

/** Receives the same reports, from one trace after another. */
export interface Audience {
  /** For a literal that binds: true for a solution, false if there is none, absent if there is nothing to search. */
  value(core: Core | CoreLiteral, value: Maybe): void;
  fired(group: DecisionGroup): void;
}

export class Trace implements Tracer {
  readonly #values = new Map<Core, Maybe>();
  /** The other values of expressions that were evaluated for more than one solution. */
  readonly #earlier = new Map<Core, { readonly values: Maybe[]; more: number }>();
  readonly #literals = new Map<CoreLiteral, Fared>();
  readonly #audience: Audience | null;

  constructor(audience: Audience | null = null) {
    this.#audience = audience;
  }

  value(core: Core, value: Maybe): void {
    if (this.#values.has(core) && this.#values.get(core) !== value) this.#remember(core);
    this.#values.set(core, value);
    this.#audience?.value(core, value);
  }

  #remember(core: Core): void {
    const earlier = this.#earlier.get(core) ?? { values: [], more: 0 };
    this.#earlier.set(core, earlier);
    if (earlier.values.length < earlierMax) earlier.values.push(this.#values.get(core));
    else earlier.more++;
  }

  outcome(group: DecisionGroup, { fired }: Outcome): void {
    if (fired) this.#audience?.fired(group);
  }

  /** Of several branches, the best outcome counts: held before unknown before failed. */
  literal(literal: CoreLiteral, value: Maybe): void {
    if (literal.kind !== 'condition')
      this.#audience?.value(literal, value ?? (this.#isAbsent(literal) ? undefined : false));
    const fared =
      value === undefined || value === false ? 'failed' : value instanceof Unknown ? 'unknown' : 'held';
    const before = this.#literals.get(literal);
    if (before === 'held' || (before === 'unknown' && fared === 'failed')) return;
    this.#literals.set(literal, fared);
  }

  #isAbsent(literal: Exclude<CoreLiteral, { kind: 'condition' }>): boolean {
    return this.#values.get(literal.kind === 'some' ? literal.collection : literal.value) === undefined;
  }

  fared(literal: CoreLiteral): Fared {
    return this.#literals.get(literal) ?? 'not reached';
  }

  /** The parts of an expression that were evaluated, from the inside out, each text once, without literals. */
  parts(core: Core): Part[] {
    const parts = new Map<string, Part>();
    this.#collect(core, parts, false);
    return [...parts.values()];
  }

  /** `last` if the last solution is the one that counts: an `every` ends with the member that fails. */
  #collect(core: Core, parts: Map<string, Part>, last: boolean): void {
    const ended = last || (core.kind === 'every' && this.#values.get(core) === false);
    for (const part of partsOf(core)) {
      // For a path, the end is enough; if it is absent, its prefixes are included.
      const passed = core.kind === 'step' && part === core.base && this.#values.get(core) !== undefined;
      if (passed && isPath(part)) continue;
      this.#collect(part, parts, ended);
    }
    if (isLiteral(core) || !this.#values.has(core)) return;
    const text = textOf(core);
    const value = last ? renderMaybe(this.#values.get(core)) : this.#render(core);
    const notes = this.#contrast(core);
    // The same text again, reached by fewer solutions or under a `with`.
    const before = parts.get(text);
    if (before !== undefined && (before.value.length > value.length || before.notes !== undefined)) return;
    parts.set(text, notes.length === 0 ? { text, value } : { text, value, notes });
  }

  #contrast(core: Core): readonly string[] {
    if (this.#values.get(core) !== false) return [];
    const value = (part: Core): Maybe => this.#values.get(part);
    if (core.kind === 'binary' && core.operator === '==')
      return contrast('==', value(core.left), value(core.right));
    if (core.kind === 'membership') return contrast('in', value(core.value), value(core.collection));
    return [];
  }

  /** The last value; absent if it was never evaluated. */
  last(core: Core): Maybe {
    return this.#values.get(core);
  }

  /** All its values, one after another; null if it was never evaluated. */
  render(core: Core, between = ', then '): string | null {
    return this.#values.has(core) ? this.#render(core, between) : null;
  }

  #render(core: Core, between = ', then '): string {
    const { values, more } = this.#earlier.get(core) ?? { values: [], more: 0 };
    const texts = [...new Set([...values, this.#values.get(core)].map(renderMaybe))];
    const rest = more === 0 ? [] : [more === 1 ? 'one other' : `${more} others`];
    return shorten([...texts, ...rest].join(between), valueLengthMax);
  }
}

function renderMaybe(value: Maybe): string {
  if (value === undefined) return 'absent';
  if (value instanceof Unknown)
    return `unknown: ${value.reason}${value.fact === null ? '' : ` (${value.fact})`}`;
  return shorten(renderValue(value), valueLengthMax);
}

/** The source text, on one line. */
export function textOf({ source, span }: Pick<Core, 'source' | 'span'>): string {
  return shorten(source.text.slice(span.start, span.end).replace(/\s+/g, ' '), valueLengthMax);
}

function isPath(core: Core): boolean {
  if (core.kind === 'step') return isPath(core.base);
  return core.kind === 'fact' || core.kind === 'input' || core.kind === 'document' || core.kind === 'local';
}

function isLiteral(core: Core): boolean {
  return (
    core.kind === 'constant' ||
    ((core.kind === 'set' || core.kind === 'array') && core.elements.every(isLiteral))
  );
}
