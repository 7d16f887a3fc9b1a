/**
 * A compiled rule set. `compilePolicy` (in compile.ts) makes one from modules and data; everything that decides,
 * explains, tests or replays holds one of these.
 */
import type { Expression } from '../../grammar/ast.js';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import type { Module } from '../../grammar/ast.js';
import type { Builtin } from './builtins/define/builtin.js';
import type { Decision } from './decision.js';
import type { FactSchema, Type } from '../values/schema.js';
import type { Maybe, Value, ValueObject } from '../values/value.js';

/** The facts of one command: the roots of the schema, `{identity, target, session, command, sql?, now, …}`. */
export type Facts = ValueObject;

export interface PolicySource {
  readonly modules: readonly Module[];
  /** The `data` tree from JSON and YAML files. */
  readonly data: ValueObject;
  /** Names the rule set in decisions and recordings. */
  readonly revision: string;
  /** The columns of targets with a catalogue, to check mask selectors; not checked if omitted. */
  readonly columns?: readonly TargetColumns[];
  /** What is configured around the rules, for the names in them. */
  readonly site?: Site;
}

/** A part is null if it is not known. */
export interface Site {
  readonly targets: readonly SiteTarget[] | null;
  readonly canBeGroup: ((group: string) => boolean) | null;
  readonly issuers: readonly string[] | null;
  /** The type of an issuer's claims. */
  readonly claimsOf: (issuer: string) => Type | null;
}

export interface SiteTarget {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Null if it has none. */
  readonly databases: {
    readonly own: string;
    /** Whether a client may ask for a database of this name. */
    readonly opens: (database: string) => boolean;
    /** Whether it opens others than its own. */
    readonly patterns: boolean;
  } | null;
}

/** A target's columns according to its catalogue; the column `*` if those of a table are not known. */
export interface TargetColumns {
  readonly target: string;
  readonly columns: readonly { readonly schema: string; readonly table: string; readonly column: string }[];
}

/** What the host provides to the engine, which imports no facts and no protocols. */
export interface EngineHost {
  readonly schema: FactSchema;
  /** In addition to the engine's own: the fact builders `facts.sql` and friends. */
  readonly builtins: readonly Builtin[];
  /** Steps a decision may take; 1,000,000 if omitted. */
  readonly budget?: number;
}

export interface Policy {
  readonly revision: string;
  readonly modules: readonly Module[];
  decide(facts: Facts): Decision;
  /** Whether any of its rules can read the fact at this path: `['sql', 'parameters']`. */
  reads(path: readonly string[]): boolean;
  /** The value of a rule or document by its path below `data`: `['ci', 'orders', 'prod']`. */
  query(path: readonly string[], facts: Facts): Maybe;
  /** Evaluates an expression as if it stood in package `scope`. */
  evaluate(expression: Expression, facts: Facts, scope?: readonly string[]): Maybe;
}

/** Exactly one of the two: a policy, or at least one error. A policy may come with warnings. */
export interface CompileResult {
  readonly policy: Policy | null;
  readonly diagnostics: readonly Diagnostic[];
}

export type { Value };
