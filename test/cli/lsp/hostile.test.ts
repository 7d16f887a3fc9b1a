/** Whatever is in the editor, each question has an answer, and the server is there for the next one. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { actionsFor } from '../../../cli/lsp/features/actions.js';
import { complete } from '../../../cli/lsp/features/completion.js';
import { describe as describeName } from '../../../cli/lsp/features/describe.js';
import { findProblems } from '../../../cli/lsp/features/diagnostics.js';
import { format } from '../../../cli/lsp/features/format.js';
import { hoverAt } from '../../../cli/lsp/features/hover.js';
import { definitionOf, nameAt, placesOf } from '../../../cli/lsp/features/navigation.js';
import { outline, symbolsIn } from '../../../cli/lsp/features/outline.js';
import { rename } from '../../../cli/lsp/features/rename.js';
import { signatureAt } from '../../../cli/lsp/features/signature.js';
import { testLenses } from '../../../cli/lsp/features/test-lens.js';
import { Workspace } from '../../../cli/lsp/workspace/workspace.js';
import { Editor } from './client.js';

const uri = 'untitled:scratch.rules';

function open(text: string) {
  const workspace = new Workspace([]);
  workspace.put(TextDocument.create(uri, 'rules', 1, text));
  const ruleSet = workspace.ruleSetOf(uri);
  return { ruleSet, open: ruleSet.files.get(uri)! };
}

/** Everything that an editor asks where the cursor stands. Gives how much of it had an answer. */
function askAt(text: string, offset: number): number {
  const { ruleSet, open: file } = open(text);
  const found = nameAt(ruleSet, uri, offset);
  const answers: unknown[] = [
    ...complete(ruleSet, file, offset),
    hoverAt(ruleSet, uri, file, offset),
    signatureAt(ruleSet, file, offset),
    outline(file.file),
    testLenses(file.file),
  ];
  if (found !== null) {
    answers.push(
      describeName(found, ruleSet.names),
      definitionOf(ruleSet, uri, found),
      placesOf(ruleSet, uri, found),
    );
    try {
      answers.push(rename(ruleSet, uri, offset, 'another'));
    } catch (error) {
      expect(String(error)).toMatch(/^(ResponseError|Error): /);
    }
  }
  return answers.length;
}

/** Everything that an editor asks of a file. */
function askAll(text: string): void {
  const { ruleSet, open: file } = open(text);
  const problems = findProblems(ruleSet).get(uri)!;
  const range = { start: { line: 0, character: 0 }, end: { line: 1_000_000, character: 0 } };
  actionsFor(ruleSet, problems, range);
  symbolsIn(ruleSet, 'a');
  for (const { range: at } of format(file.file)) expect(at.start.line).toBeLessThanOrEqual(at.end.line);
  for (const { shown } of problems) expect(shown.message).not.toBe('');
}

const example = `package ci.orders

import data.teams as t

## Only this.
applies if target.name == "orders"
default most := 10
size(x) := "large" if x in {"a"} else := "small"
written contains w if some s in sql.statements; some w in s.tables
deny drop $"{s.verb} on {size(s.text)}" if {
  some i, s in sql.statements
  s.verb in {"drop", \`x\`}
  not { every k, v in {"a": [1 | true]} { k == v; regex.match("a", v) } }
} unless count(t.x["y"]) > most
mask pii column "a.b", tagged "c" with partial(4)
mask cc pattern credit_card with redact
test "all" {
  given identity.groups := {"x"}
  sql "SELECT 1" => deny ci.orders.drop mask "a.b" by "dba"
  has input.sql with now as 1
}
`;

describe('half-typed text', () => {
  test('at every prefix', () => {
    for (let end = 0; end <= example.length; end++)
      expect(askAt(example.slice(0, end), end)).toBeGreaterThan(1);
  });

  test('at every prefix, with what was there before below it', () => {
    for (let end = 0; end <= example.length; end += 7) {
      const next = example.indexOf('\n', end + 40);
      expect(
        askAt(example.slice(0, end) + example.slice(next === -1 ? example.length : next), end),
      ).toBeGreaterThan(1);
    }
  });

  test('with diagnostics, at every line and in the middle of it', () => {
    for (let end = 0; end <= example.length; end += 11) askAll(example.slice(0, end));
  });

  test('with a piece of it somewhere else', () => {
    const place = fc.nat(example.length);
    fc.assert(
      fc.property(place, place, place, (from, to, at) => {
        const piece = example.slice(
          Math.min(from, to),
          Math.min(Math.max(from, to), Math.min(from, to) + 60),
        );
        const text = example.slice(0, at) + piece + example.slice(at);
        expect(askAt(text, at + piece.length)).toBeGreaterThan(1);
      }),
      { numRuns: 60 },
    );
  });

  test('of any characters', () => {
    const strange = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(strange, fc.nat(60), (text, at) => {
        const whole = `package a\n${text}\nallow x if sql.${text}`;
        askAt(whole, Math.min(whole.length, at));
        askAll(whole);
      }),
      { numRuns: 50 },
    );
  });
});

describe('statements with a mistake', () => {
  test('leave the others readable', () => {
    const text =
      'package a\n\nprod if target.name == "x"\n\ndeny one "x" if {\n  some s in\n}\n\ndeny two "y" if prod\n';
    const { ruleSet, open: file } = open(text);
    expect(file.file.whole).toBe(false);
    expect(outline(file.file).map(({ name }) => name)).toEqual(['prod', 'two']);
    const found = nameAt(ruleSet, uri, text.lastIndexOf('prod'))!;
    expect(placesOf(ruleSet, uri, found).map(({ span }) => text.slice(span.start, span.end))).toEqual([
      'prod',
      'prod',
    ]);
  });
});

describe('a server', () => {
  let editor: Editor;
  beforeAll(async () => {
    editor = new Editor();
    await editor.start();
  });
  afterAll(async () => {
    expect(await editor.stop()).toBe(0);
    expect(editor.messages).toEqual([]);
  });

  test.each<[string, string]>([
    ['a megabyte of brackets', `package a\n${'('.repeat(1_000_000)}`],
    ['five megabytes', `package a\n${'allow a if true\n'.repeat(320_000)}`],
    [
      '3,000 rules',
      `package a\n${Array.from({ length: 3_000 }, (_, i) => `deny d${i} "x" if sql.x${i}`).join('\n')}`,
    ],
    ['one line of a megabyte', `package a\ndeny b "${'x'.repeat(1_000_000)}" if sql.`],
    ['comprehensions without end', `package a\ndeny b "c" if ${'[x | x := '.repeat(5000)}`],
    ['templates without end', `package a\ndeny b ${'$"{'.repeat(5000)}`],
    ['characters that do not show', `package a\n\u202edeny b "c" if\u0000 sql.\ud800`],
    ['nothing', ''],
  ])('outlives %s', async (_, text) => {
    const name = await editor.open('rules/huge.rules', text);
    const last = text.split('\n').length - 1;
    const position = { line: last, character: text.length - text.lastIndexOf('\n') - 1 };
    await Promise.all(
      ['completion', 'hover', 'definition', 'signatureHelp'].map((method) =>
        editor.at(method, name, position),
      ),
    );
    if (text !== '') await editor.diagnostics(name, (found) => found.length > 0);
    await editor.change(name, 'package a\nallow x if sql.read_only\n');
    const hover = await editor.at<{ contents: { value: string } }>('hover', name, { line: 1, character: 16 });
    expect(hover.contents.value).toContain('sql.read_only: boolean');
    await editor.close(name);
  });

  test('ends when its editor is gone, and at what is no message', () => {
    for (const input of ['', 'Content-Length: 5\r\n\r\nhello', '\0'.repeat(1000)]) {
      const { status, signal } = spawnSync(process.execPath, ['dist/policy.mjs', 'lsp'], { input });
      expect({ status, signal }).toEqual({ status: 1, signal: null });
    }
  });

  test('answers about a file that is not there, and a place that is none', async () => {
    expect(await editor.at('hover', editor.uri('rules/none.rules'), { line: 0, character: 0 })).toBeNull();
    const name = await editor.open('rules/a.rules', 'package a\n');
    expect(await editor.at('hover', name, { line: 4000, character: 4000 })).toBeNull();
    expect(await editor.request('workspace/executeCommand', { command: 'x', arguments: [1] })).toBeNull();
    await editor.close(name);
  });
});

test('the packs have no problem in the editor that `policy check` does not have', () => {
  const workspace = new Workspace([process.cwd()]);
  const path = `${process.cwd()}/rules/postgres/access.rules`;
  const ruleSet = workspace.ruleSetOf(path);
  expect(ruleSet.files.get(path)!.file.document.getText()).toBe(readFileSync(path, 'utf8'));
  const errors = [...findProblems(ruleSet).values()].flat().filter(({ shown }) => shown.severity === 1);
  expect(errors.map(({ diagnostic }) => `${diagnostic.source.path}: ${diagnostic.message}`)).toEqual([]);
});
