/** What code that was compiled for tracing told while it ran: the last value of each expression, and how literals fared. */
import type { Outcome, Tracer } from './context.js';
import type { Core, CoreLiteral, DecisionGroup } from './core.js';
import { partsOf } from './core-walk.js';
import { renderValue, shorten } from './render.js';
import { Unknown, type Maybe } from './value.js';

/** `not reached` where an earlier condition stopped every branch. */
export type Fared = 'held' | 'failed' | 'unknown' | 'not reached';

/** A part of a condition with its value, for people. */
export interface Part {
  readonly text: string;
  readonly value: string;
}

const valueLengthMax = 200;

/** Told of everything too, by one trace after another. */
export interface Audience {
  /** Of a literal that binds: true for a solution, false where there is none, absent where there is nothing to search. */
  value(core: Core | CoreLiteral, value: Maybe): void;
  fired(group: DecisionGroup): void;
}

export class Trace implements Tracer {
  readonly #values = new Map<Core, Maybe>();
  readonly #literals = new Map<CoreLiteral, Fared>();
  readonly #audience: Audience | null;

  constructor(audience: Audience | null = null) {
    this.#audience = audience;
  }

  value(core: Core, value: Maybe): void {
    this.#values.set(core, value);
    this.#audience?.value(core, value);
  }

  outcome(group: DecisionGroup, { fired }: Outcome): void {
    if (fired) this.#audience?.fired(group);
  }

  /** Of several branches the one that got furthest counts: held before unknown before failed. */
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

  /** The parts of an expression that were evaluated, from the inside out, each text once; literals go without saying. */
  parts(core: Core): Part[] {
    const parts = new Map<string, Part>();
    this.#collect(core, parts);
    return [...parts.values()];
  }

  #collect(core: Core, parts: Map<string, Part>): void {
    for (const part of partsOf(core)) {
      // Of a path its end says it all, unless that is not there: then the way to it does.
      const passed = core.kind === 'step' && part === core.base && this.#values.get(core) !== undefined;
      if (passed && isPath(part)) continue;
      this.#collect(part, parts);
    }
    if (isLiteral(core) || !this.#values.has(core)) return;
    const text = textOf(core);
    parts.set(text, { text, value: this.#render(core) });
  }

  render(core: Core): string | null {
    return this.#values.has(core) ? this.#render(core) : null;
  }

  #render(core: Core): string {
    const value = this.#values.get(core);
    if (value === undefined) return 'absent';
    if (value instanceof Unknown)
      return `unknown: ${value.reason}${value.fact === null ? '' : ` (${value.fact})`}`;
    return shorten(renderValue(value), valueLengthMax);
  }
}

/** What was written, on one line. */
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
