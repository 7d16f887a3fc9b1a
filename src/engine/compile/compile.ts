/** Rule set → policy: resolved, checked and compiled to closures over an environment of slots. */
import type { Expression } from '../../../grammar/ast.js';
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import { engineBuiltins } from '../builtins/catalogue.js';
import { check, createChecker } from '../check/check.js';
import type { Compiler } from './compiler.js';
import { readDataPath } from './document.js';
import { compileRules, readByRules, type CompiledRule } from './compiled-rule.js';
import { Budget, createContext, createFrame, EvaluationLimit, noOutcome, type Context } from '../context.js';
import type { DecisionGroup, Program } from '../core.js';
import type { Evaluated } from './decide.js';
import { DecisionMemo } from './decision-memo.js';
import type { Decision } from '../decision.js';
import type { CompileResult, EngineHost, Facts, Policy, PolicySource } from '../policy.js';
import { readsFact } from './reads.js';
import { createIndex, type RuleIndex } from './rule-index.js';
import { createCompiler } from './program.js';
import { resolve, resolver, packageScope, type Resolved } from '../resolve/resolve.js';
import { openScope } from '../resolve/scope.js';
import { Unknown, type Maybe } from '../../values/value.js';

export const budgetDefault = 1_000_000;

/** A compiled rule set with its internals, for explanations and tests. */
export interface Runnable {
  readonly source: PolicySource;
  readonly host: EngineHost;
  readonly resolved: Resolved;
  readonly program: Program;
  readonly compiler: Compiler;
  /** In order of id; shadow rules apart. */
  readonly rules: readonly DecisionGroup[];
  readonly shadows: readonly DecisionGroup[];
  /** The same rules, compiled. */
  readonly compiled: readonly CompiledRule[];
  readonly compiledShadows: readonly CompiledRule[];
  /** Null if every rule must be evaluated, as for an explanation. */
  readonly index: RuleIndex | null;
  readonly shadowIndex: RuleIndex | null;
  readonly memo: DecisionMemo;
}

/** An expression cannot be evaluated; carries its problems. */
export class ExpressionError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics[0]?.message ?? 'the expression cannot be evaluated');
    this.name = 'ExpressionError';
    this.diagnostics = diagnostics;
  }
}

export function compilePolicy(source: PolicySource, host: EngineHost): CompileResult {
  const { runnable, diagnostics } = prepare(source, host, false);
  return { policy: runnable && createPolicy(runnable), diagnostics };
}

/** Resolves, checks and compiles; with `tracing`, the code reports its values to a tracer. */
export function prepare(
  source: PolicySource,
  host: EngineHost,
  tracing: boolean,
): { readonly runnable: Runnable | null; readonly diagnostics: readonly Diagnostic[] } {
  const builtins = [...engineBuiltins, ...host.builtins];
  const resolved = resolve(source.modules, source.data, host.schema, builtins, source);
  check(resolved.program, resolved.world);
  const diagnostics = sortDiagnostics(resolved.diagnostics);
  if (diagnostics.some(({ severity }) => severity === 'error')) return { runnable: null, diagnostics };
  return { runnable: assemble(resolved, source, host, tracing), diagnostics };
}

/** Compiles a resolved program without the checker's findings. */
export function assemble(
  resolved: Resolved,
  source: PolicySource,
  host: EngineHost,
  tracing: boolean,
): Runnable {
  const { program } = resolved;
  const compiler = createCompiler(resolved.world, tracing);
  const rules = program.decisions.filter(({ shadow }) => !shadow);
  const shadows = program.decisions.filter(({ shadow }) => shadow);
  const index = tracing ? null : createIndex(compiler, rules);
  const shadowIndex = tracing ? null : createIndex(compiler, shadows);
  const memo = new DecisionMemo(source.revision);
  const runnable = { source, host, resolved, program, rules, shadows, index, shadowIndex, memo };
  return { ...runnable, ...compileAll(runnable, compiler, tracing) };
}

function compileAll(
  { program, rules, shadows }: Pick<Runnable, 'program' | 'rules' | 'shadows'>,
  compiler: Compiler,
  tracing: boolean,
): Pick<Runnable, 'compiler' | 'compiled' | 'compiledShadows'> {
  const read = readByRules(program);
  // A trace reports each rule once.
  const remembered = (group: DecisionGroup) => tracing || read.has(group);
  return {
    compiler,
    compiled: compileRules(compiler, rules, remembered),
    compiledShadows: compileRules(compiler, shadows, remembered),
  };
}

/** The same rules with tracing code, all evaluated for every decision. */
export function traced(runnable: Runnable): Runnable {
  const compiler = createCompiler(runnable.resolved.world, true);
  return { ...runnable, ...compileAll(runnable, compiler, true), index: null, shadowIndex: null };
}

function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const place = ({ source, span }: Diagnostic) => [source.path, span.start] as const;
  return [...diagnostics].sort((a, b) => {
    const [left, right] = [place(a), place(b)];
    return left[0] === right[0] ? left[1] - right[1] : left[0] < right[0] ? -1 : 1;
  });
}

function createPolicy(runnable: Runnable): Policy {
  const { source, program } = runnable;
  return {
    revision: source.revision,
    modules: source.modules,
    reads: (path) => readsFact(program, path),
    decide: (facts) => decideIn(runnable, newContext(runnable, facts)),
    query: (path, facts) => {
      const context = newContext(runnable, facts);
      return contained(() => readDataPath(runnable.compiler, program.documents, path, context));
    },
    evaluate: (expression, facts, scope = []) => evaluate(runnable, expression, facts, scope),
  };
}

export function decideIn(runnable: Runnable, context: Context): Decision {
  const evaluated = evaluateRules(runnable.compiled, placesOf(runnable.index, context), context);
  return runnable.memo.decide(evaluated, evaluateShadows(runnable, context));
}

/** Shadow rules have their own step budget, so trying a rule out never changes a decision. */
function evaluateShadows(runnable: Runnable, context: Context): readonly Evaluated[] {
  const { compiledShadows, shadowIndex } = runnable;
  if (compiledShadows.length === 0) return [];
  const apart = { ...context, budget: newBudget(runnable) };
  return evaluateRules(compiledShadows, placesOf(shadowIndex, apart), apart);
}

/** The rules that are evaluated for a decision. */
export function candidates(runnable: Runnable, context: Context): readonly DecisionGroup[] {
  const places = placesOf(runnable.index, context);
  return places === null ? runnable.rules : places.map((place) => runnable.rules[place]!);
}

/** The positions of these rules; null for all rules. */
function placesOf(index: RuleIndex | null, context: Context): readonly number[] | null {
  // A document or function that a test replaces may be one that the index was built from.
  const replaced = context.overrides.length > 0 || context.mocks.size > 0;
  return index === null || replaced ? null : index(context);
}

/** Keeps the rules that fire or are unknown. */
function evaluateRules(
  rules: readonly CompiledRule[],
  places: readonly number[] | null,
  context: Context,
): readonly Evaluated[] {
  const evaluated: Evaluated[] = [];
  const count = places?.length ?? rules.length;
  for (let i = 0; i < count; i++) {
    const rule = rules[places === null ? i : places[i]!]!;
    const outcome = rule.evaluate(context);
    if (outcome !== noOutcome) evaluated.push({ rule, outcome });
  }
  return evaluated;
}

export function newBudget({ host }: Runnable): Budget {
  return new Budget(host.budget ?? budgetDefault);
}

export function newContext(runnable: Runnable, facts: Facts): Context {
  return createContext(facts, newBudget(runnable));
}

/** An evaluation that is stopped gives an unknown value. */
export function contained(run: () => Maybe): Maybe {
  try {
    return run();
  } catch (error) {
    if (error instanceof EvaluationLimit) return new Unknown(error.message);
    if (error instanceof RangeError) return new Unknown('the evaluation is nested too deeply');
    throw error;
  }
}

function evaluate(runnable: Runnable, expression: Expression, facts: Facts, scope: readonly string[]): Maybe {
  const diagnostics: Diagnostic[] = [];
  const file = packageScope(runnable.resolved, scope, diagnostics);
  const core = resolver.expression(expression, openScope(file, new Set(), true));
  if (diagnostics.length === 0) createChecker(file.world).infer(core);
  if (diagnostics.some(({ severity }) => severity === 'error')) throw new ExpressionError(diagnostics);
  const code = runnable.compiler.expression(core);
  return contained(() => code(createFrame(0, newContext(runnable, facts))));
}
