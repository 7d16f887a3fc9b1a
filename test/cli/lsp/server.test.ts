/** `policy lsp`, asked by a client over its pipes as editors ask it. */
import { readFileSync } from 'node:fs';
import type {
  CodeAction,
  CodeLens,
  DocumentSymbol,
  Hover,
  Location,
  TextEdit,
  WorkspaceEdit,
  WorkspaceSymbol,
} from 'vscode-languageserver';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applyEdits, Editor, textIn, withCursor } from './client.js';

const orders = `package ci.orders

import data.teams

## Only the orders database.
applies if target.name == "orders"

## Reads are fine.
allow reads if sql.read_only

deny drop "a pipeline never drops" if {
  some s in sql.statements
  s.verb in {"drop", "truncate"}
  not owner(s.text)
}

owner(text) if {
  some name in teams.owners
  contains(text, name)
}
`;
const ordersTest = `package ci.orders

test "reads" {
  given target.name := "orders"
  sql "SELECT 1" => allow ci.orders.reads
}

test "drops" {
  given target.name := "orders"
  sql "DROP TABLE a" => allow
}
`;

let editor: Editor;
let ordersUri: string;
let testUri: string;

beforeAll(async () => {
  editor = new Editor();
  ordersUri = editor.write('rules/orders.rules', orders);
  testUri = editor.write('rules/orders_test.rules', ordersTest);
  editor.write('rules/teams.yaml', 'owners: [shop]\n');
  editor.write('rules/orders.catalogue.yaml', readFileSync('rules/postgres/orders.catalogue.yaml', 'utf8'));
  await editor.start();
  await editor.open('rules/orders.rules', orders);
});
afterAll(async () => {
  expect(await editor.stop()).toBe(0);
  // Whatever was asked, nothing in the server failed.
  expect(editor.messages.filter(({ message }) => message.includes('    at '))).toEqual([]);
});

const scratch = `package scratch\n`;
let scratches = 0;

/** A file of its own folder, open with the cursor in it. */
async function opened(
  marked: string,
): Promise<{ uri: string; text: string; position: { line: number; character: number } }> {
  const { text, position } = withCursor(marked);
  const uri = await editor.open(`scratch${++scratches}/a.rules`, text);
  return { uri, text, position };
}

async function hover(marked: string): Promise<string> {
  const { uri, position } = await opened(marked);
  const found = await editor.at<Hover | null>('hover', uri, position);
  await editor.close(uri);
  return found === null ? 'nothing' : (found.contents as { value: string }).value;
}

describe('diagnostics', () => {
  test('come of what is typed, over what is on disk, and go when it is mended', async () => {
    const uri = editor.write('rules/more.rules', 'package more\n\nallow all if sql.read_onyl\n');
    await editor.open('rules/more.rules', 'package more\n\nallow all if sql.read_only\n');
    await editor.change(uri, 'package more\n\nallow all if sql.read_onyl\n');
    const [first] = await editor.diagnostics(uri, (found) =>
      found.some(({ code }) => code === 'unknown-field'),
    );
    expect(first).toMatchObject({
      severity: 1,
      source: 'policy',
      message: expect.stringMatching(/did you mean `read_only`/),
    });
    expect(textIn('package more\n\nallow all if sql.read_onyl\n', first!.range)).toBe('read_onyl');
    await editor.change(uri, 'only', { start: { line: 2, character: 22 }, end: { line: 2, character: 26 } });
    await editor.diagnostics(uri, (found) => found.every(({ source }) => source !== 'policy'));
    await editor.close(uri);
    await editor.diagnostics(uri, (found) => found.some(({ code }) => code === 'unknown-field'));
    editor.write('rules/more.rules', 'package more\n\nallow all if sql.read_only\n');
    await editor.notify('workspace/didChangeWatchedFiles', { changes: [{ uri, type: 2 }] });
    await editor.diagnostics(uri, (found) => found.every(({ source }) => source !== 'policy'));
  });

  test('of one file are of what other files say too', async () => {
    const broken = orders.replace('owner(text)', 'owned(text)');
    await editor.change(ordersUri, broken);
    await editor.diagnostics(ordersUri, (found) => found.some(({ code }) => code === 'unknown-function'));
    await editor.change(ordersUri, orders);
    await editor.diagnostics(ordersUri, (found) => found.every(({ source }) => source !== 'policy'));
  });

  test('of a half-typed file are its own alone: the rules in it still are there for the others', async () => {
    await editor.open('rules/orders_test.rules', ordersTest);
    await editor.change(ordersUri, orders.replace('allow reads if sql.read_only', 'allow reads if sql.'));
    const found = await editor.diagnostics(ordersUri, (all) => all.some(({ severity }) => severity === 1));
    expect(found.filter(({ source }) => source === 'policy')).toHaveLength(1);
    await editor.change(ordersUri, orders);
    await editor.diagnostics(ordersUri, (all) => all.every(({ source }) => source !== 'policy'));
  });
});

describe('hover', () => {
  test.each([
    ['a root of facts', 'deny a "b" if s|ql.read_only', /sql: \{[\s\S]*What the SQL does|sql: \{/],
    ['a fact', 'deny a "b" if sql.read_|only', /sql\.read_only: boolean/],
    [
      'a field of a member',
      'deny a "b" if {\n  some s in sql.statements\n  s.ve|rb == "drop"\n}',
      /sql\.statements\[\]\.verb: "select" \| /,
    ],
    ['a variable', 'deny a "b" if {\n  some s in sql.statements\n  |s.verb == "drop"\n}', /s: \{index, text/],
    ['a function', 'deny a "b" if starts|with("a", "b")', /startswith\(.*\): boolean/],
    [
      'a function with dots',
      'deny a "b" if regex.ma|tch("a", "b")',
      /regex\.match\(pattern: string, value: string\): boolean/,
    ],
    ['a rule', '## Says so.\nprod if target.name == "x"\ndeny a "b" if pr|od', /prod\n```[\s\S]*Says so\./],
    ['a detector', 'mask a pattern credit|_card with redact', /pattern credit_card[\s\S]*card number/],
    ['a method of masking', 'mask a pattern email with part|ial(4)', /last characters/],
    ['an effect', 'de|ny a "b" if true', /Denies a command/],
    ['a clause', 'review a "b" by {"dba"} with|in 5m if true', /How long to wait for an approval/],
    ['a literal', 'deny a "b" if {\n  so|me s in sql.statements\n  s.has_where\n}', /Binds a member/],
    ['a word of the language that is a name', 'deny a "b" if identity.claims.i|f == 1', /nothing/],
    ['nothing', 'deny a "b" |  if true', /nothing/],
  ])('over %s', async (_, marked, wanted) => {
    expect(await hover(`${scratch}\n${marked}\n`)).toMatch(wanted);
  });

  test('over a name of data shows its value', async () => {
    const position = { line: 17, character: 23 };
    const { contents } = await editor.at<Hover>('hover', ordersUri, position);
    expect((contents as { value: string }).value).toMatch(/data\.teams\.owners[\s\S]*\["shop"\]/);
  });
});

describe('names', () => {
  const lineOf = (text: string, part: string): { line: number; character: number } => {
    const line = text.split('\n').findIndex((one) => one.includes(part));
    return { line, character: text.split('\n')[line]!.indexOf(part) + 1 };
  };

  test('lead to where they are declared', async () => {
    const [rule] = await editor.at<Location[]>('definition', ordersUri, lineOf(orders, 'owner(s.text)'));
    expect(rule).toMatchObject({ uri: ordersUri, range: { start: { line: 16, character: 0 } } });
    const [data] = await editor.at<Location[]>('definition', ordersUri, lineOf(orders, 'teams.owners'));
    expect(data!.uri).toBe(editor.uri('rules/teams.yaml'));
    const [local] = await editor.at<Location[]>('definition', ordersUri, lineOf(orders, 's.verb'));
    expect(local!.range.start).toEqual({ line: 11, character: 7 });
    const [cited] = await editor.at<Location[]>('definition', testUri, { line: 4, character: 40 });
    expect(cited).toMatchObject({ uri: ordersUri, range: { start: { line: 8, character: 6 } } });
  });

  test('lead to everywhere they stand', async () => {
    const context = { includeDeclaration: true };
    const places = await editor.at<Location[]>('references', ordersUri, lineOf(orders, 'reads if'), {
      context,
    });
    expect(places.map(({ uri }) => uri)).toEqual([ordersUri, testUri]);
    const without = { context: { includeDeclaration: false } };
    const uses = await editor.at<Location[]>('references', ordersUri, lineOf(orders, 'reads if'), without);
    expect(uses.map(({ uri }) => uri)).toEqual([testUri]);
  });

  test('are renamed in every file', async () => {
    const edit = await editor.at<WorkspaceEdit>('rename', ordersUri, lineOf(orders, 'reads if'), {
      newName: 'looks',
    });
    const changed = Object.fromEntries(
      Object.entries(edit.changes!).map(([uri, edits]) => [
        uri,
        applyEdits(uri === ordersUri ? orders : ordersTest, edits),
      ]),
    );
    expect(changed[ordersUri]).toBe(orders.replace('allow reads if', 'allow looks if'));
    expect(changed[testUri]).toBe(ordersTest.replace('ci.orders.reads', 'ci.orders.looks'));
    const local = await editor.at<WorkspaceEdit>('rename', ordersUri, lineOf(orders, 's.verb'), {
      newName: 'one',
    });
    expect(applyEdits(orders, local.changes![ordersUri]!)).toBe(
      orders.replace('some s in', 'some one in').replace('s.verb', 'one.verb').replace('s.text', 'one.text'),
    );
  });

  test.each([
    ['a fact', 'sql.read_only', 'x', /is a fact/],
    ['a function', 'contains(text', 'x', /is a builtin/],
    ['an import without an alias', 'teams.owners', 'x', /named after its files|from the import/],
    ['to a name that is taken', 'reads if', 'drop', /already/],
    ['to a fact', 'reads if', 'sql', /predeclared/],
    ['to a word of the language', 'reads if', 'not', /is not a name/],
    ['to what is not a name', 'reads if', 'a b', /is not a name/],
  ])('are not renamed: %s', async (_, part, newName, message) => {
    await expect(editor.at('rename', ordersUri, lineOf(orders, part), { newName })).rejects.toThrow(message);
  });
});

describe('files', () => {
  test('have an outline', async () => {
    const symbols = await editor.request<DocumentSymbol[]>('textDocument/documentSymbol', {
      textDocument: { uri: ordersUri },
    });
    expect(symbols.map(({ name, detail }) => `${detail ?? ''} ${name}`.trim())).toEqual([
      'applies',
      'allow reads',
      'deny drop',
      'function owner',
    ]);
    const found = await editor.request<WorkspaceSymbol[]>('workspace/symbol', { query: 'cidrop' });
    expect(found.map(({ name }) => name)).toEqual(['ci.orders.drop']);
  });

  test('are laid out', async () => {
    const text = 'package a\nallow   x   if   sql.read_only\n\n\ndeny y "z" if {sql.read_only}\n';
    const uri = await editor.open('layout/a.rules', text);
    const edits = await editor.request<TextEdit[]>('textDocument/formatting', {
      textDocument: { uri },
      options: {},
    });
    expect(applyEdits(text, edits)).toBe(
      'package a\n\nallow x if sql.read_only\n\ndeny y "z" if { sql.read_only }\n',
    );
    await editor.change(uri, 'package a\nallow if if\n');
    expect(await editor.request('textDocument/formatting', { textDocument: { uri }, options: {} })).toEqual(
      [],
    );
    await editor.close(uri);
  });

  test('have their slips mended', async () => {
    const text = 'package a\n\nimport data.x\n\nallow all if sql.read_onyl\n';
    const uri = await editor.open('slips/a.rules', text);
    const diagnostics = await editor.diagnostics(uri, (found) => found.length > 1);
    const range = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
    const actions = await editor.request<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri },
      range,
      context: { diagnostics },
    });
    const mended = (title: string): string => {
      const action = actions.find((one) => one.title === title);
      return applyEdits(text, action?.edit?.changes?.[uri] ?? []);
    };
    expect(mended('Write `read_only`')).toBe(text.replace('onyl', 'only'));
    expect(mended('Remove the import')).toBe(text.replace('import data.x\n', ''));
    await editor.close(uri);
  });

  test('have what the linter finds mended', async () => {
    const text = 'package a\n\nprod if target.name == "a" or target.name == "b"\n\nallow all if prod\n';
    const uri = await editor.open('chain/a.rules', text);
    const wanted = (code: unknown): boolean => code === 'equality-chain';
    const found = await editor.diagnostics(uri, (all) => all.some(({ code }) => wanted(code)));
    const { range, ...finding } = found.find(({ code }) => wanted(code))!;
    expect(finding).toMatchObject({ severity: 2, source: 'policy lint' });
    const context = { diagnostics: found };
    const actions = await editor.request<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri },
      range,
      context,
    });
    const action = actions.find(({ diagnostics }) => diagnostics?.some(({ code }) => wanted(code)) === true)!;
    expect(applyEdits(text, action.edit!.changes![uri]!)).toBe(
      text.replace('target.name == "a" or target.name == "b"', 'target.name in {"a", "b"}'),
    );
    const only = { context: { diagnostics: [], only: ['source.fixAll'] } };
    const [all] = await editor.request<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri },
      range,
      ...only,
    });
    expect(applyEdits(text, all!.edit!.changes![uri]!)).toContain('prod if target.name in {"a", "b"}\n');
    const ignoring = actions.find(({ title }) => title === 'Ignore `equality-chain` here, with a reason')!;
    expect(applyEdits(text, ignoring.edit!.changes![uri]!)).toContain(
      '\n# lint:ignore equality-chain \nprod if',
    );
    await editor.close(uri);
  });

  test('run their tests', async () => {
    const lenses = await editor.request<CodeLens[]>('textDocument/codeLens', {
      textDocument: { uri: testUri },
    });
    expect(lenses.map(({ command }) => command!.arguments)).toEqual([
      [testUri, 'reads'],
      [testUri, 'drops'],
    ]);
    const [reads, drops] = lenses.map(({ command }) => ({
      command: command!.command,
      arguments: command!.arguments,
    }));
    expect(await editor.request('workspace/executeCommand', reads)).toMatchObject({ passed: true });
    expect(await editor.request('workspace/executeCommand', drops)).toMatchObject({ passed: false });
    const failed = await editor.diagnostics(testUri, (found) =>
      found.some(({ source }) => source === 'policy test'),
    );
    expect(failed.find(({ source }) => source === 'policy test')).toMatchObject({
      range: { start: { line: 9, character: 2 } },
    });
    expect(editor.messages.map(({ message }) => message).join('\n')).toMatch(
      /✓ reads: 1 of 1[\s\S]*✗ drops: 1 of 1/,
    );
  });
});
