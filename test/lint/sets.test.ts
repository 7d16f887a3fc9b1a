/** Lint rules over several files: what is unused, untested, written twice. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { renderDiagnostic } from '../../grammar/diagnostic.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import { host } from '../../cli/input/rule-set.js';
import { lint } from '../../cli/lint/linter.js';
import { lintRules } from '../../cli/lint/rules.js';
import { readExample } from './page.js';
import { only } from './one-rule.js';

interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly whole?: boolean;
  readonly finds: readonly string[];
}

const cases = parseYaml(readFileSync('test/lint/sets.yaml', 'utf8')) as Record<string, Case[]>;

describe.each(Object.entries(cases))('%s', (id, all) => {
  test('is a rule', () => expect(lintRules.map((rule) => rule.id)).toContain(id));

  test.each(all.map((one) => [one.name, one] as const))('%s', (_, { files, whole = true, finds }) => {
    const example = readExample(Object.entries(files).map(([name, text]) => ({ name, text })));
    const { modules, context } = example;
    const { diagnostics } = compilePolicy({ modules, data: context.data, revision: 'case' }, host);
    expect(diagnostics.filter(({ severity }) => severity === 'error').map(renderDiagnostic)).toEqual([]);
    const found = lint(modules, { ...context, config: only(id), whole }, host);
    expect(found.map(({ source, span }) => `${source.path}:${source.position(span.start).line}`)).toEqual(
      finds,
    );
  });
});
