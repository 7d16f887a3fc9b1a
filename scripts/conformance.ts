/**
 * Runs cases of OPA's Rego conformance suite, translated to JSON, against the engine:
 *
 *     npm run conformance -- FILE [--only TEXT]
 *
 * A case has `modules`, `rule` (a path below `data`), perhaps `data` and `input`, and what is wanted: `want`, `undefined`
 * or an error. Rego's errors while evaluating are unknown values here. Prints what fails and a tally; exits 1 if a case fails that is not listed as left out on purpose.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { Module } from '../grammar/ast.js';
import type { Diagnostic } from '../grammar/diagnostic.js';
import { parseModule } from '../grammar/parser.js';
import { compilePolicy } from '../src/engine/compile/compile.js';
import type { Policy } from '../src/engine/policy.js';
import { json, optional } from '../src/values/schema.js';
import { findUnknown } from '../src/values/kleene.js';
import { compare, fromJson, toJson, type Maybe, type Value } from '../src/values/value.js';

interface Case {
  readonly note: string;
  readonly modules: readonly string[];
  readonly rule: string;
  readonly data?: Record<string, unknown>;
  readonly input?: unknown;
  readonly want?: unknown;
  readonly undefined?: boolean;
  readonly want_error?: string;
  readonly want_error_code?: string;
  readonly strict_error?: boolean;
}
type Verdict = 'passed' | { readonly skipped: string } | { readonly failed: string };

/** What the language leaves out on purpose: the diagnostic that says so, and why. */
const leftOut: Readonly<Record<string, string>> = {
  'single-equals': '`=` is not in the language',
  wildcard: '`_` stands in patterns only',
  'wildcard-reference': '`xs[_]` is not in the language',
  'some-without-in': 'free variables are not in the language',
  'not-a-condition': 'conditions are boolean',
  'object-key': 'object keys are strings',
  'with-in-template': '`with` cannot stand inside a template',
  'shadows-predeclared': 'predeclared names are not shadowed',
  'never-holds': 'a body that can never hold is an error',
  'always-holds': 'a body that always holds is an error',
  'not-a-collection': 'a membership that can never hold is an error',
  'impossible-comparison': 'a comparison that can never hold is an error',
  'unused-variable': 'an unused variable is an error',
  'failing-call': 'a call that always fails is an error',
  'missing-name': 'helper rules are not named like an effect',
  'effect-as-set': 'helper rules are not named like an effect',
  'no-walk': '`walk` is not in the language',
  'no-http-send': '`http.send` is not in the language',
  'no-clock': '`time.now_ns` is not in the language',
  'no-randomness': 'a decision is the same each time',
  'no-lookup': 'a decision asks nobody',
  'no-runtime': 'a decision asks nobody',
};

/** Builtins outside of the families that the language has. */
const leftOutFunctions =
  /\b(walk|http\.send|opa\.runtime|trace|rego\.[\w.]+|graphql\.\w+|providers\.[\w.]+|uuid\.\w+|rand\.\w+|yaml\.\w+|crypto\.(?:x509\.\w+|parse_private_keys)|io\.jwt\.(?:encode_\w+|verify_\w+|decode_verify)|strings\.render_template)\(/;

const failing = 'a builtin that fails is unknown, not undefined';
const wrongType = 'a value of the wrong type is unknown';
const noDocument = 'a document that nobody has is unknown';
const doubles = 'numbers beyond a double are not kept as they were written';
const keys = leftOut['object-key']!;

/** Cases whose outcome differs on purpose. */
const differs: Readonly<Record<string, string>> = {
  'withkeyword/builtin: nested, mock function calls original': failing,
  'withkeyword/builtin: mock will not call other mock': leftOut['some-without-in']!,
  'strings/sprintf: float too big': doubles,
  'every/non-iter domain: function call': wrongType,
  'every/non-iter domain: data int': wrongType,
  'every/non-iter domain: input int': wrongType,
  'every/non-iter domain: input int (1st level)': wrongType,
  'string-interpolation/nested template expressions, undefined inner expression': noDocument,
  'string-interpolation/template expressions with undefined values': noDocument,
  'string-interpolation/multi-line/nested template expressions, undefined inner expression': noDocument,
  'string-interpolation/multi-line/template expressions with undefined values': noDocument,
  'data/toplevel integer': keys,
  'data/nested integer': keys,
};

function main(args: readonly string[]): number {
  const file = args.find((arg) => !arg.startsWith('--'));
  if (file === undefined) {
    process.stderr.write('which file of cases? npm run conformance -- FILE\n');
    return 2;
  }
  const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined;
  const cases = (JSON.parse(readFileSync(file, 'utf8')) as Case[]).filter(
    ({ note }) => only === undefined || note.includes(only),
  );
  const tally = { passed: 0, skipped: 0, failed: 0 };
  for (const one of cases) {
    const verdict = judge(one);
    if (verdict === 'passed') tally.passed++;
    else if ('skipped' in verdict) {
      tally.skipped++;
      process.stdout.write(`SKIPPED ${one.note}: ${verdict.skipped}\n`);
    } else {
      tally.failed++;
      process.stdout.write(`FAILED ${one.note}\n  ${verdict.failed}\n`);
    }
  }
  process.stdout.write(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped\n`);
  return tally.failed === 0 ? 0 : 1;
}

function judge(one: Case): Verdict {
  const verdict = run(one);
  const differing = differs[one.note];
  return verdict !== 'passed' && differing !== undefined ? { skipped: differing } : verdict;
}

function run(one: Case): Verdict {
  const diagnostics: Diagnostic[] = [];
  const modules = one.modules.flatMap((text, i) => parseOne(`case${i}_test.rules`, text, diagnostics));
  if (diagnostics.length > 0) return refused(one, diagnostics);
  const data = fromJson(one.data ?? {}) as { readonly [key: string]: Value };
  const input = optional(json, 'Free-form, as Rego has it.');
  const compiled = compilePolicy(
    { modules, data, revision: 'conformance' },
    { schema: { roots: { input } }, builtins: [] },
  );
  if (compiled.policy === null) return refused(one, compiled.diagnostics);
  return compareOutcome(one, compiled.policy);
}

function parseOne(path: string, text: string, diagnostics: Diagnostic[]): readonly Module[] {
  const parsed = parseModule(path, text);
  diagnostics.push(...parsed.diagnostics);
  return parsed.module === null ? [] : [parsed.module];
}

function refused(one: Case, diagnostics: readonly Diagnostic[]): Verdict {
  const [first] = diagnostics;
  if (first === undefined) return { failed: 'refused without a diagnostic' };
  const text = one.modules.join('\n');
  const called = leftOutFunctions.exec(text)?.[1];
  if (called !== undefined && diagnostics.some(({ code }) => code === 'unknown-function'))
    return { skipped: `\`${called}\` is not in the language` };
  const reason = diagnostics.map(({ code }) => leftOut[code]).find((why) => why !== undefined);
  if (reason !== undefined) return { skipped: reason };
  if (isErrorWanted(one)) return 'passed';
  const free = /^`(\w+)` is not bound here/.exec(first.message)?.[1];
  if (free !== undefined && new RegExp(`\\[${free}[\\].[]`).test(text))
    return { skipped: 'free variables in references are not in the language' };
  return { failed: `${first.code}: ${first.message}` };
}

function isErrorWanted(one: Case): boolean {
  return one.want_error !== undefined || one.want_error_code !== undefined;
}

function compareOutcome(one: Case, policy: Policy): Verdict {
  const facts = one.input === undefined ? {} : { input: fromJson(one.input) };
  const value = policy.query(one.rule.split('.').slice(1), facts);
  const unknown = value === undefined ? null : findUnknown(value);
  if (isErrorWanted(one))
    return unknown === null ? { failed: `an error is wanted, not ${show(value)}` } : 'passed';
  if (unknown?.reason === 'the keys of an object are strings') return { skipped: keys };
  // Rego is undefined if a builtin fails; here that is unknown, which does not hold either.
  if (one.undefined === true)
    return value === undefined || unknown !== null
      ? 'passed'
      : { failed: `nothing is wanted, not ${show(value)}` };
  if (value !== undefined && compare(plain(value), plain(fromJson(one.want))) === 0) return 'passed';
  return unknown === null
    ? { failed: `${JSON.stringify(one.want)} is wanted, not ${show(value)}` }
    : { skipped: failing };
}

/** Sets appear as arrays in the cases; their order there is not always ours. */
function plain(value: Value): Value {
  return sortArrays(toJson(value));
}

function sortArrays(value: unknown): Value {
  if (Array.isArray(value)) return value.map(sortArrays);
  if (typeof value !== 'object' || value === null) return fromJson(value);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, sortArrays(member)]));
}

function show(value: Maybe): string {
  return value === undefined ? 'nothing' : JSON.stringify(toJson(value));
}

process.exitCode = main(process.argv.slice(2));
