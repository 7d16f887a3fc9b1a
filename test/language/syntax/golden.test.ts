import { describe, expect } from '@jest/globals';
import { renderDiagnostic } from '../../../grammar/diagnostic.js';
import { parseModule } from '../../../grammar/parser.js';
import { printModule } from '../../../grammar/print/printer.js';
import { goldenFiles } from './golden.js';
import { showStatement } from './tree.js';

function parsed(source: string) {
  const { module, diagnostics } = parseModule('example.rules', source);
  expect(diagnostics.map(renderDiagnostic)).toEqual([]);
  return module!;
}

describe('what is wrong, and what to write instead', () => {
  goldenFiles(new URL('errors/', import.meta.url), (source) => {
    const { diagnostics } = parseModule('example.rules', source);
    expect(diagnostics).not.toEqual([]);
    return diagnostics.map(renderDiagnostic).join('\n\n');
  });
});

describe('how a text is read', () => {
  goldenFiles(new URL('trees/', import.meta.url), (source) =>
    parsed(source).statements.map(showStatement).join('\n'),
  );
});

describe('how a text is laid out', () => {
  goldenFiles(new URL('layout/', import.meta.url), (source) => {
    const printed = printModule(parsed(source));
    expect(printModule(parsed(printed))).toBe(printed);
    return printed;
  });
});
