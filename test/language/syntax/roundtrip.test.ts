import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Module } from '../../../grammar/ast.js';
import { renderDiagnostic } from '../../../grammar/diagnostic.js';
import { parseExpression, parseModule } from '../../../grammar/parser.js';
import { printExpression, printModule } from '../../../grammar/print/printer.js';
import { moduleTree } from './arbitrary-module.js';
import { tree } from './arbitrary.js';

/** A tree without its places. */
function shape(node: unknown): unknown {
  return JSON.parse(
    JSON.stringify(node, (key, value: unknown) => (key === 'span' || key === 'source' ? undefined : value)),
  );
}

function parse(text: string): Module {
  const { module, diagnostics } = parseModule('random.rules', text);
  expect(diagnostics.map(renderDiagnostic).join('\n\n')).toBe('');
  return module!;
}

/** Every comment, in any order: one inside a statement moves above it. */
function comments(module: Module): string[] {
  return module.comments.map(({ doc, text }) => `${doc ? '##' : '#'}${text}`).sort();
}

/** More of them find rarer things: `PROPERTY_RUNS=5000`. */
const runs = { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 200) };

describe('what is printed', () => {
  test('parses to the same tree', () => {
    fc.assert(
      fc.property(moduleTree, (module) => {
        const printed = printModule(module);
        expect(shape(parse(printed))).toEqual(shape(module));
      }),
      runs,
    );
  });

  test('parses to the same expression, on one line', () => {
    fc.assert(
      fc.property(tree.expression, (expression) => {
        const printed = printExpression(expression);
        const parsed = parseExpression('random.rules', printed);
        expect(parsed.diagnostics.map(renderDiagnostic).join('\n\n')).toBe('');
        expect(shape(parsed.expression)).toEqual(shape(expression));
      }),
      runs,
    );
  });

  test('is printed the same again', () => {
    fc.assert(
      fc.property(moduleTree, (module) => {
        const once = printModule(parse(printModule(module)));
        expect(printModule(parse(once))).toBe(once);
      }),
      runs,
    );
  });

  test('has every comment of its source, and the same tree', () => {
    const places = fc.array(
      fc.tuple(fc.nat(), fc.constantFrom(' # c\n', '\n# own\n', ' ## doc\n', '\n## own doc\n', '\n\n', '\n')),
      {
        minLength: 1,
        maxLength: 8,
      },
    );
    let tried = 0;
    fc.assert(
      fc.property(moduleTree, places, (module, insertions) => {
        const text = commented(printModule(module), insertions);
        const { module: parsed, diagnostics } = parseModule('random.rules', text);
        fc.pre(parsed !== null && diagnostics.length === 0);
        tried++;
        const printed = printModule(parsed);
        const again = parse(printed);
        expect(comments(again)).toEqual(comments(parsed));
        expect(shape({ ...again, comments: [] })).toEqual(shape({ ...parsed, comments: [] }));
        expect(printModule(again)).toBe(printed);
      }),
      { ...runs, maxSkipsPerRun: 50 },
    );
    expect(tried).toBeGreaterThan(runs.numRuns / 2);
  });
});

/** Puts comments and line breaks after signs of a text, where they often leave it valid. */
function commented(text: string, insertions: readonly (readonly [number, string])[]): string {
  const places = [...text.matchAll(/[,{}[(\n|;]| (?:if|and|or|:=)(?= )/g)].map(
    (match) => match.index + match[0].length,
  );
  let result = text;
  const sorted = insertions.map(([at, what]) => [places[at % places.length] ?? 0, what] as const);
  for (const [at, what] of sorted.toSorted(([one], [other]) => other - one)) {
    result = result.slice(0, at) + what + result.slice(at);
  }
  return result;
}
