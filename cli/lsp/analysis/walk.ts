/** Shared parts of the walk over a rule file: the names in scope, and the recorded occurrences. */
import type { Body, Expression, Literal, Module, Pattern } from '../../../grammar/ast.js';
import type { Span } from '../../../grammar/source.js';
import type { Builtin } from '../../../src/engine/builtins/define/builtin.js';
import type { RuleType } from '../../../src/engine/resolve/inferred.js';
import type { FactSchema, Type } from '../../../src/values/schema.js';
import type { Declarations } from './declarations.js';
import type { Entity, Occurrence } from './entity.js';
import type { Known } from './types.js';

/** Facts about the whole rule set. */
export interface RuleSetNames {
  readonly declarations: Declarations;
  readonly schema: FactSchema;
  readonly builtins: ReadonlyMap<string, Builtin>;
  /** Types that the checker inferred for rules, by path joined with dots, as far as it has checked them. */
  readonly types: ReadonlyMap<string, RuleType>;
}

export interface Local {
  readonly name: string;
  readonly at: number;
  readonly value: Known;
}

export interface Scope {
  readonly parent: Scope | null;
  readonly locals: Map<string, Local>;
}

export interface Walk {
  readonly names: RuleSetNames;
  readonly module: Pick<Module, 'package' | 'imports' | 'source'>;
  /** Names of the imports, with the path that each stands for. */
  readonly imports: ReadonlyMap<string, { readonly path: readonly string[]; readonly aliased: boolean }>;
  readonly found: Occurrence[];
  expression(written: Expression, scope: Scope): Known;
  literal(written: Literal, scope: Scope): void;
  body(written: Body, scope: Scope): void;
  /** Binds the names in a pattern. */
  pattern(written: Pattern, value: Known, scope: Scope): void;
}

export function childScope(parent: Scope | null): Scope {
  return { parent, locals: new Map() };
}

export function findLocal(scope: Scope, name: string): Local | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const local = at.locals.get(name);
    if (local !== undefined) return local;
  }
  return null;
}

export function note(walk: Walk, span: Span, entity: Entity, type: Type | null, declares = false): void {
  walk.found.push({ span, entity, declares, type });
}
