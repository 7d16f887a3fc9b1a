/** Whatever is written, the linter says something or nothing, and it does so soon. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Module } from '../../grammar/ast.js';
import { parseModule } from '../../grammar/parser.js';
import { printModule } from '../../grammar/print/printer.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import { host } from '../../cli/input/rule-set.js';
import { defaultConfig } from '../../cli/lint/config.js';
import type { LintContext, LintFinding } from '../../cli/lint/finding.js';
import { fixAll } from '../../cli/lint/fix.js';
import { lint } from '../../cli/lint/linter.js';
import { pathMatches } from '../../cli/lint/path-glob.js';
import { moduleTree } from '../language/syntax/arbitrary-module.js';
import { parse } from './page.js';

const context: LintContext = {
  config: defaultConfig,
  data: {},
  catalogues: [],
  dataFiles: [],
  groups: null,
  whole: true,
};
const lintAll = (modules: readonly Module[]): readonly LintFinding[] => lint(modules, context, host);
const compiles = (modules: readonly Module[]) =>
  compilePolicy({ modules, data: {}, revision: 'r' }, host).policy !== null;

describe('the linter', () => {
  test('takes every file that parses, and its findings lie in it', () => {
    fc.assert(
      fc.property(moduleTree, (tree) => {
        const module = parse('random.rules', printModule(tree));
        for (const { span, source, fix } of lintAll([module])) {
          expect(span.start).toBeLessThanOrEqual(span.end);
          expect(span.end).toBeLessThanOrEqual(source.text.length);
          for (const edit of fix?.edits ?? []) expect(edit.span.end).toBeLessThanOrEqual(source.text.length);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('takes what is only half a file, as editors have it', () => {
    const whole =
      'package p\n\n## Why.\nallow a if {\n  "x" == target.name\n  not not "ci" in identity.groups\n}\n';
    for (let length = 0; length <= whole.length; length += 3) {
      const { module } = parseModule('p.rules', whole.slice(0, length));
      if (module !== null) expect(Array.isArray(lintAll([module]))).toBe(true);
    }
  });

  test('mends only what it still can read', () => {
    fc.assert(
      fc.property(moduleTree, (tree) => {
        const module = parse('random.rules', printModule(tree));
        const { modules } = fixAll([module], { lint: lintAll, compiles });
        expect(parse('random.rules', modules[0]!.source.text).statements.length).toBe(
          module.statements.length,
        );
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    ['a long chain of alternatives', `a if ${Array(300).fill('target.name == "x"').join(' or ')}`],
    ['a long format', `a := sprintf("${'%1'.repeat(100_000)}", [1])`],
    ['a long pattern', `a if regex.match("${'(a|'.repeat(2000)}b${')'.repeat(2000)}", target.name)`],
    ['a long glob', `a if like(target.name, "${'*'.repeat(200_000)}x")`],
    ['a long name', `a if target.name == "${'AKIA'.repeat(100_000)}"`],
    ['many conditions', `a if {\n${'sql.read_only\n'.repeat(5000)}}`],
    ['many ignores', `${'# lint:ignore missing-doc Because.\n'.repeat(5000)}a if sql.read_only`],
    ['many rules', Array.from({ length: 3000 }, (_, i) => `deny d${i} "no" if sql.count == ${i}`).join('\n')],
  ])('ends: %s', (_, rules) => {
    const { module } = parseModule('p.rules', `package p\n\n${rules}\n`);
    expect(module).not.toBeNull();
    expect(lintAll([module!]).length).toBeGreaterThan(0);
  });

  test('ends with globs made of stars', () => {
    expect(pathMatches(`${'**/*'.repeat(200)}x`, `${'a/'.repeat(2000)}b`)).toBe(false);
  });
});
