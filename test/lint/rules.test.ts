/** Each lint rule alone, on what it finds and on what only looks like it. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import { renderDiagnostic } from '../../grammar/diagnostic.js';
import { host } from '../../cli/input/rule-set.js';
import type { Options } from '../../cli/lint/config.js';
import { knownGroups } from '../../cli/lint/groups.js';
import { lint } from '../../cli/lint/linter.js';
import { lintRules } from '../../cli/lint/rules.js';
import { alsoChecked, only } from './one-rule.js';
import { parse } from './page.js';

interface Case {
  readonly rules: string;
  readonly finds?: readonly number[];
  readonly options?: Options;
  /** Of issuers, where a configuration is known. */
  readonly templates?: readonly string[];
  /** The checker has something to say too, which is what stops most people from writing it. */
  readonly invalid?: boolean;
}

const cases = parseYaml(readFileSync('test/lint/cases.yaml', 'utf8')) as Record<string, Case[]>;

describe.each(Object.entries(cases))('%s', (id, all) => {
  test('is a rule', () => expect(lintRules.map((rule) => rule.id)).toContain(id));

  test.each(all.map((one) => [one.rules, one] as const))('%s', (_, one) => {
    const modules = [parse('p.rules', `package p\n\n${one.rules}`)];
    const { diagnostics } = compilePolicy({ modules, data: {}, revision: 'case' }, host);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    // What the checker sees by itself is found before the linter looks, and once is enough.
    const seen = alsoChecked.has(id) ? errors : [];
    if (one.invalid !== true && seen.length === 0) expect(errors.map(renderDiagnostic)).toEqual([]);
    const groups = one.templates === undefined ? null : knownGroups(one.templates);
    const context = {
      config: only(id, one.options),
      data: {},
      catalogues: [],
      dataFiles: [],
      groups,
      whole: false,
    };
    const found = lint(modules, context, host);
    const lines = [...seen, ...found].map(({ source, span }) => source.position(span.start).line);
    expect(lines).toEqual(one.finds ?? []);
    for (const { message, help = '' } of found) {
      expect(message).toMatch(/^[^A-Z\s].*[^.\s]$/);
      expect(help).not.toMatch(/^[A-Z]|[^.]\.$/);
    }
  });
});
