/** The names in scope in a rule file, and the state shared while a rule set is resolved. */
import type { Body, Expression, Module, Pattern, Literal, WithModifier } from '../../../grammar/ast.js';
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import type { Source, Span } from '../../../grammar/source.js';
import type { Builtin } from '../builtins/define/builtin.js';
import type {
  Core,
  CoreBody,
  CoreLiteral,
  CoreModifier,
  CorePattern,
  Dependency,
  DocumentNode,
  HelperGroup,
  Origin,
} from '../core.js';
import type { Site, TargetColumns } from '../policy.js';
import type { Instances, RuleType } from './inferred.js';
import type { FactSchema, Type } from '../../values/schema.js';

/** A diagnostic without its position. */
export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly help?: string;
  readonly severity?: 'error' | 'warning';
}

/** What every module sees. */
export interface World {
  readonly schema: FactSchema;
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly documents: DocumentNode;
  readonly diagnostics: Diagnostic[];
  /** Steps to a field that the schema promises, as found by the checker: a missing one is unknown. */
  readonly promised: Set<Core>;
  /** Parts of expressions that may well be absent: below `has`, and left of `??`. */
  readonly tolerated: Set<Core>;
  readonly columns: readonly TargetColumns[];
  readonly site?: Site;
  /** What the checker inferred about helper rules and functions. */
  readonly rules: Map<HelperGroup, RuleType>;
  /** What it inferred about functions, by argument types. */
  readonly instances: Instances;
  /** The inferred type of each expression, collected if a map is given. */
  readonly types?: Map<Core, Type>;
}

export interface ImportedName {
  readonly path: readonly string[];
  readonly span: Span;
  used: boolean;
}

/** What one file sees. */
export interface ModuleScope {
  readonly world: World;
  readonly module: Module;
  readonly source: Source;
  readonly package: readonly string[];
  readonly packageDocument: DocumentNode;
  readonly imports: ReadonlyMap<string, ImportedName>;
  /** The first names of the rules of this package, from all of its files. */
  readonly ownNames: ReadonlySet<string>;
  /** A file of tests, in which `with` is allowed. */
  readonly tests: boolean;
}

export interface Local {
  readonly name: string;
  readonly slot: number;
  readonly span: Span;
  readonly parameter: boolean;
  used: boolean;
}

interface Frame {
  slots: number;
  /** Diagnostics about names used before they were bound. */
  readonly unbound: Map<string, Diagnostic>;
}

/** The variables of one clause share a frame of slots; scopes nest inside it. */
export interface Scope {
  readonly file: ModuleScope;
  readonly parent: Scope | null;
  readonly locals: Map<string, Local>;
  readonly frame: Frame;
  readonly uses: Set<Dependency>;
  readonly withAllowed: boolean;
}

/** The parts of the resolver that need each other. */
export interface Resolver {
  expression(written: Expression, scope: Scope): Core;
  body(written: Body, scope: Scope, origin?: Origin): CoreBody;
  literal(written: Literal, scope: Scope, origin: Origin): CoreLiteral;
  pattern(written: Pattern, scope: Scope): CorePattern;
  modifier(written: WithModifier, scope: Scope): CoreModifier | null;
}

export function report(file: ModuleScope, finding: Finding, span: Span): void {
  file.world.diagnostics.push({ severity: 'error', ...finding, span, source: file.source });
}

/** Each search for a similar name goes through all names; after this many, no more are made. */
const searchesMax = 200;

/** The candidates for `did you mean`. */
export function namesFor({ diagnostics }: World, names: () => Iterable<string>): Iterable<string> {
  return diagnostics.length < searchesMax ? names() : [];
}

export function openScope(file: ModuleScope, uses: Set<Dependency>, withAllowed: boolean): Scope {
  return {
    file,
    parent: null,
    locals: new Map(),
    frame: { slots: 0, unbound: new Map() },
    uses,
    withAllowed,
  };
}

export function childScope(parent: Scope): Scope {
  return { ...parent, parent, locals: new Map() };
}

export function newSlot(scope: Scope): number {
  return scope.frame.slots++;
}

export function findLocal(scope: Scope, name: string): Local | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const local = at.locals.get(name);
    if (local !== undefined) return local;
  }
  return null;
}

/** Binds a name. Predeclared names stay what they are, and a body binds a name once. */
export function declare(scope: Scope, name: string, span: Span, parameter = false): Local {
  const { world, packageDocument } = scope.file;
  const rule = packageDocument.children.get(name)?.rule ?? null;
  if (isPredeclared(world, name)) {
    report(scope.file, shadows(name), span);
  } else if (scope.locals.has(name)) {
    report(
      scope.file,
      {
        code: 'bound-twice',
        message: `\`${name}\` is bound already`,
        help: 'compare with `==`, or choose another name',
      },
      span,
    );
  } else if (rule !== null && !parameter) {
    const place = `${rule.source.path}:${rule.source.position(rule.span.start).line}`;
    const message = `\`${name}\` is a rule of this package, at ${place}, and would mean something else here`;
    report(scope.file, { code: 'shadows-rule', message, help: 'choose another name' }, span);
  }
  const early = boundTooLate(scope, name, span);
  const local = { name, slot: newSlot(scope), span, parameter, used: early || name.startsWith('_') };
  scope.locals.set(name, local);
  return local;
}

/** A name that an earlier line already used: replaces that line's diagnostic with a better one. */
function boundTooLate({ file, frame }: Scope, name: string, span: Span): boolean {
  const early = frame.unbound.get(name);
  const { diagnostics } = file.world;
  const at = early === undefined ? -1 : diagnostics.indexOf(early);
  if (early === undefined || at === -1) return false;
  const { line } = file.source.position(span.start);
  diagnostics[at] = {
    ...early,
    message: `\`${name}\` is bound below, on line ${line}`,
    help: 'conditions are read from top to bottom: move that line above this one',
  };
  frame.unbound.delete(name);
  return true;
}

export function isPredeclared(world: World, name: string): boolean {
  return (
    name === 'input' || name === 'data' || Object.hasOwn(world.schema.roots, name) || world.builtins.has(name)
  );
}

export function shadows(name: string): Finding {
  return {
    code: 'shadows-predeclared',
    message: `\`${name}\` is a predeclared name and cannot stand for something else`,
    help: 'choose another name',
  };
}

/** An operand of `has`, or one with a fallback, may be absent. */
export function tolerate(world: World, core: Core): Core {
  world.tolerated.add(core);
  if (core.kind === 'step') tolerate(world, core.base);
  return core;
}

/** Names that were bound in this scope and never read. */
export function closeScope(scope: Scope): void {
  for (const local of scope.locals.values()) {
    if (local.used || local.parameter) continue;
    report(
      scope.file,
      {
        code: 'unused-variable',
        message: `\`${local.name}\` is never used`,
        help: 'leave it out, or write `_` in its place',
      },
      local.span,
    );
  }
}
