/** What `policy lsp` offers where the cursor stands, asked by a client over its pipes. */
import type { CompletionItem, SignatureHelp, TextEdit } from 'vscode-languageserver';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applyEdits, Editor, withCursor } from './client.js';

let editor: Editor;

beforeAll(async () => {
  editor = new Editor();
  await editor.start();
});
afterAll(async () => {
  expect(await editor.stop()).toBe(0);
  expect(editor.messages).toEqual([]);
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

async function completions(marked: string): Promise<readonly string[]> {
  const { uri, position } = await opened(marked);
  const items = await editor.at<CompletionItem[]>('completion', uri, position);
  await editor.close(uri);
  return items.map(({ label }) => label);
}

describe('completion', () => {
  test.each([
    ['facts by their path', 'deny a "b" if sql.|', ['read_only', 'statements']],
    ['fields of members', 'deny a "b" if {\n  some s in sql.statements\n  s.|\n}', ['verb', 'tables']],
    [
      'fields of members of members',
      'deny a "b" if {\n  some s in sql.statements\n  some t in s.tables\n  t.|\n}',
      ['access', 'name'],
    ],
    ['values of an enumeration', 'deny a "b" if target.type == "|"', ['postgres', 'kubernetes']],
    ['values, with a quote that is open', 'deny a "b" if target.type == "post|', ['postgres']],
    [
      'values in a list',
      'deny a "b" if {\n  some s in sql.statements\n  s.verb in {"drop", "|"}\n}',
      ['truncate'],
    ],
    [
      'members of a set',
      'deny a "b" if {\n  some s in sql.statements\n  "|" in s.effects\n}',
      ['schema', 'write'],
    ],
    ['functions', 'deny a "b" if start|', ['startswith']],
    ['functions with dots', 'deny a "b" if regex.|', ['match', 'replace']],
    [
      'variables',
      'deny a "b" if {\n  some statement in sql.statements\n  st|\n}',
      ['statement', 'startswith'],
    ],
    [
      'variables of a reason above the body',
      'deny a $"{s.|}" if {\n  some s in sql.statements\n  s.has_where\n}',
      ['verb'],
    ],
    ['rules', 'prod if target.name == "x"\ndeny a "b" if p|', ['prod']],
    ['what stands below data', 'prod if target.name == "x"\ndeny a "b" if data.scratch.|', ['prod']],
    ['statements', '|', ['allow', 'deny', 'review', 'mask', 'test']],
    ['detectors', 'mask a pattern |', ['credit_card', 'email']],
    ['methods', 'mask a pattern email with |', ['redact', 'partial']],
    ['effects', 'test "x" {\n  sql "SELECT 1" => |\n}', ['allow', 'deny']],
    ['ids of rules', 'deny drop "b" if true\ntest "x" {\n  sql "SELECT 1" => deny |\n}', ['scratch.drop']],
    ['parameters', 'f(item) if it|', ['item']],
    ['members of what a function gives', 'deny a "b" if {\n  x := facts.sql("a")\n  x.|\n}', ['statements']],
    ['input', 'deny a "b" if input.|', ['sql', 'target']],
  ])('offers %s', async (_, marked, wanted) => {
    expect(await completions(`${scratch}\n${marked}\n`)).toEqual(expect.arrayContaining(wanted));
  });

  test.each([
    ['in a comment', 'deny a "b" if true # sql.|'],
    ['in a text that is compared with nothing', 'deny a "|" if true'],
    ['behind the dot of a text', 'deny a "b" if identity.name.|'],
  ])('offers nothing %s', async (_, marked) => {
    expect(await completions(`${scratch}\n${marked}\n`)).toEqual([]);
  });

  test('puts a name in the place of what was typed', async () => {
    const { uri, text, position } = await opened(`${scratch}\ndeny a "b" if sql.read_|\n`);
    const items = await editor.at<CompletionItem[]>('completion', uri, position);
    const item = items.find(({ label }) => label === 'read_only')!;
    expect(applyEdits(text, [item.textEdit as TextEdit])).toContain('if sql.read_only\n');
    await editor.close(uri);
  });
});

test('a call shows its parameters', async () => {
  const { uri, position } = await opened(`${scratch}\ndeny a "b" if regex.match("x", |)\n`);
  const help = await editor.at<SignatureHelp>('signatureHelp', uri, position);
  expect(help).toMatchObject({
    activeParameter: 1,
    signatures: [{ parameters: [{ label: 'pattern: string' }, {}] }],
  });
  await editor.change(uri, `${scratch}\nf(one, two) if one == two\ndeny a "b" if f(1, )\n`);
  const own = await editor.at<SignatureHelp>('signatureHelp', uri, { line: 3, character: 19 });
  expect(own).toMatchObject({ activeParameter: 1, signatures: [{ label: 'f(one, two)' }] });
  await editor.close(uri);
});
