/** What the parts of the type checker share: the types of the variables in force, and where to report. */
import type { Core, CoreBody, CorePattern } from './core.js';
import type { Finding, World } from './scope.js';
import { json, type Type } from './schema.js';
import type { Source, Span } from '../../grammar/source.js';

export interface Checker {
  readonly world: World;
  /** By slot, for the clause that is being checked. */
  readonly locals: Map<number, Type>;
  /** The type of an expression; what is wrong inside it is reported. */
  infer(core: Core): Type;
  body(body: CoreBody): void;
  /** An expression standing as a condition. */
  condition(core: Core): void;
  bind(pattern: CorePattern, type: Type): void;
}

export function reportAt(
  checker: Checker,
  finding: Finding,
  at: { readonly span: Span; readonly source: Source },
): void {
  checker.world.diagnostics.push({ severity: 'error', ...finding, span: at.span, source: at.source });
}

export function localType(checker: Checker, slot: number): Type {
  return checker.locals.get(slot) ?? json;
}
