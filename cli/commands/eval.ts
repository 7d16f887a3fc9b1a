/** `policy eval`: the value of an expression. */
import { Source } from '../../grammar/source.js';
import { parseExpression } from '../../grammar/parser.js';
import { ExpressionError } from '../../src/engine/compile/compile.js';
import { dataNamedBy } from '../../src/engine/bundle/named-data.js';
import type { Facts } from '../../src/engine/policy.js';
import { renderValue } from '../../src/values/render.js';
import { writeJson } from '../../src/engine/builtins/json/json-text.js';
import {
  isArray,
  isObject,
  objectOf,
  Unknown,
  ValueSet,
  type Maybe,
  type Value,
} from '../../src/values/value.js';
import { nanoseconds } from '../../src/facts/command.js';
import { isError, paintDiagnostic } from '../output/diagnostics.js';
import { factsFrom, readObject } from '../input/facts-input.js';
import { FINDING, UsageError, YES, type ExitCode } from '../output/outcome.js';
import { host, loadRuleSet } from '../input/rule-set.js';
import { paintTalk, print, printJson, say } from '../output/terminal.js';
import type { Diagnostic } from '../../grammar/diagnostic.js';

export interface EvalOptions {
  readonly input?: string;
  readonly data?: readonly string[];
  readonly package?: string;
  readonly format: 'pretty' | 'json';
}

export function evaluate(text: string, options: EvalOptions): ExitCode {
  const { expression, diagnostics } = parseExpression('expression', text);
  if (expression === null || diagnostics.some(isError)) throw invalid(diagnostics);
  const { policy } = loadRuleSet(options.data, undefined, dataNamedBy(expression));
  const scope = options.package?.split('.') ?? [];
  const source = new Source('expression', text);
  return show(
    run(source, () => policy.evaluate(expression, readFacts(options.input), scope)),
    options,
  );
}

/** The engine knows where in the expression something is wrong, and not its text. */
function run(source: Source, evaluation: () => Maybe): Maybe {
  try {
    return evaluation();
  } catch (error) {
    if (error instanceof ExpressionError) throw invalid(error.diagnostics.map((one) => ({ ...one, source })));
    throw error;
  }
}

/** `now` is the current time, unless the file gives another. */
function readFacts(path: string | undefined): Facts {
  const now = { now: nanoseconds(new Date()) };
  return path === undefined
    ? objectOf(Object.entries(now))
    : factsFrom({ ...now, ...readObject(path) }, host.schema);
}

function show(value: Maybe, { format }: EvalOptions): ExitCode {
  if (value instanceof Unknown) {
    const about = value.fact === null ? '' : ` (\`${value.fact}\`)`;
    if (format === 'json') printJson({ unknown: value.reason, fact: value.fact });
    else say(`unknown: ${value.reason}${about}`);
    return FINDING;
  }
  if (value === undefined) {
    if (format === 'json') printJson({});
    else say('absent: the expression has no value');
    return FINDING;
  }
  if (format === 'json') print(exactJson(value));
  else print(renderValue(value));
  return YES;
}

/** Integers beyond 2^53 as the engine has them: JavaScript's own JSON would round them, or write null. */
function exactJson(value: Value): string {
  const shown = objectOf([['value', withoutUnknown(value)]]);
  return writeJson(shown, { prefix: '', indent: '  ' }, { spend: () => undefined });
}

function withoutUnknown(value: Value): Value {
  if (value instanceof Unknown) return objectOf([['$unknown', value.reason]]);
  if (isArray(value)) return value.map(withoutUnknown);
  if (value instanceof ValueSet) return value.items.map(withoutUnknown);
  if (!isObject(value)) return value;
  return objectOf(Object.entries(value).map(([key, member]) => [key, withoutUnknown(member)] as const));
}

function invalid(diagnostics: readonly Diagnostic[]): UsageError {
  for (const diagnostic of diagnostics) say(`${paintDiagnostic(diagnostic, paintTalk)}\n`);
  return new UsageError('the expression cannot be evaluated');
}
