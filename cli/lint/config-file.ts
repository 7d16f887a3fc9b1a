/** `.sallyport/lint.yaml`: which lint rules are enabled, their levels, and their options. */
import { parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import { Source } from '../../grammar/source.js';
import { didYouMean } from '../../src/values/nearest.js';
import { findTooDeep } from '../../src/values/nesting.js';
import { problemAt, spanOf, syntaxProblem } from '../../src/gateway/config/problem.js';
import type { Level, LintConfig, Options, RuleSetting } from './config.js';
import type { LintRule } from './rule.js';
import { lintRules } from './rules.js';

const textLengthMax = 256 * 1024;
/** Nothing in it is nested deeper than four. */
const depthMax = 50;

const level = z.enum(['error', 'warning', 'off']);
const keys = ['rules', 'ignore'];

/** `missing-doc: off` is short for `missing-doc: {level: off}`. */
function settingSchema({ options }: LintRule) {
  const fields = Object.entries(options).map(
    ([name, standard]) =>
      [
        name,
        (typeof standard === 'number' ? z.int().min(0) : z.array(z.string().min(1))).optional(),
      ] as const,
  );
  return z.preprocess(
    (value) => (typeof value === 'string' ? { level: value } : value),
    z.strictObject({ level: level.optional(), ...Object.fromEntries(fields) }),
  );
}

const schema = z.strictObject({
  rules: z
    .strictObject(Object.fromEntries(lintRules.map((rule) => [rule.id, settingSchema(rule).optional()])))
    .optional(),
  ignore: z.array(z.string().min(1)).optional(),
});

/** The configuration, or its problems with file, line and key. */
export function parseLintConfig(
  path: string,
  text: string,
): { readonly config: LintConfig | null; readonly diagnostics: readonly Diagnostic[] } {
  const source = new Source(path, text);
  if (text.length > textLengthMax || findTooDeep(text, depthMax) !== null) {
    const message = 'the file is too large or too deeply nested';
    return {
      config: null,
      diagnostics: [problemAt(source, { start: 0, end: 1 }, 'lint-config', message)],
    };
  }
  const document = parseDocument(text, { schema: 'core', uniqueKeys: true, prettyErrors: false });
  if (document.errors.length > 0)
    return { config: null, diagnostics: document.errors.map((error) => syntaxProblem(source, error)) };
  const parsed = schema.safeParse(toData(document));
  if (!parsed.success)
    return {
      config: null,
      diagnostics: parsed.error.issues.flatMap((issue) => problems(source, document, issue)),
    };
  const rules = Object.entries(parsed.data.rules ?? {}).flatMap(([id, setting]) =>
    setting === undefined ? [] : [[id, toSetting(setting as Record<string, unknown>)] as const],
  );
  return { config: { rules: new Map(rules), ignore: parsed.data.ignore ?? [] }, diagnostics: [] };
}

/** Expanded aliases can grow without bound, so they are not read: the schema then reports what is missing. */
function toData(document: Document): unknown {
  try {
    return document.contents === null ? {} : document.toJS({ maxAliasCount: 100 });
  } catch {
    return null;
  }
}

function toSetting({ level: own, ...options }: Record<string, unknown>): RuleSetting {
  const set = Object.entries(options).filter(([, value]) => value !== undefined);
  return {
    ...(own === undefined ? {} : { level: own as Level }),
    options: Object.fromEntries(set) as Options,
  };
}

function problems(source: Source, document: Document, issue: z.core.$ZodIssue): Diagnostic[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const known = path.length === 0 ? keys : path.length === 1 ? ids() : optionNames(String(path[1]));
      const kind = path.length === 1 ? 'a lint rule' : path.length === 0 ? 'a key' : 'an option of this rule';
      const near = didYouMean(key, known).help;
      const help =
        near ?? (known.length <= 12 ? `there is ${known.map((one) => `\`${one}\``).join(', ')}` : undefined);
      const span = spanOf(document, [...path, key], 'key');
      return problemAt(source, span, 'lint-config', `\`${[...path, key].join('.')}\` is not ${kind}`, help);
    });
  const name = path.length === 0 ? 'the file' : `\`${path.map(String).join('.')}\``;
  return [problemAt(source, spanOf(document, path, 'value'), 'lint-config', `${name} ${complaint(issue)}`)];
}

function ids(): readonly string[] {
  return lintRules.map(({ id }) => id);
}

function optionNames(id: string): readonly string[] {
  const rule = lintRules.find((one) => one.id === id);
  return ['level', ...Object.keys(rule?.options ?? {})];
}

function complaint(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value')
    return `must be ${issue.values
      .map((value) => `\`${String(value)}\``)
      .join(', ')
      .replace(/, ([^,]*)$/, ' or $1')}`;
  if (issue.code === 'invalid_type') return `must be ${types[issue.expected] ?? 'a map of keys'}`;
  return issue.code === 'too_small' ? 'must not be empty or negative' : 'is not right';
}

const types: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a whole number',
  array: 'a list',
  string: 'text',
};
