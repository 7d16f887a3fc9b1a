/** The colours of an editor that only knows the grammar say the same as the lexer. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { IToken } from 'chevrotain';
import type * as Oniguruma from 'vscode-oniguruma';
import type * as Textmate from 'vscode-textmate';
import { lex } from '../../../grammar/lexical.js';
import { createLexer } from '../../../grammar/tokens.js';
import { factSchema } from '../../../src/facts/schema/index.js';

// Both are CommonJS whose names an ES module does not see.
const require = createRequire(import.meta.url);
const oniguruma = require('vscode-oniguruma') as typeof Oniguruma;
const textmate = require('vscode-textmate') as typeof Textmate;
const folder = 'cli/lsp/vscode';
const grammarText = readFileSync(join(folder, 'rules.tmLanguage.json'), 'utf8');
let grammar: Textmate.IGrammar;

beforeAll(async () => {
  const wasm = readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(Uint8Array.from(wasm).buffer);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns: string[]) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text: string) => new oniguruma.OnigString(text),
    }),
    loadGrammar: () => Promise.resolve(textmate.parseRawGrammar(grammarText, 'rules.tmLanguage.json')),
  });
  grammar = (await registry.loadGrammar('source.rules'))!;
});

/** The scopes at each offset of a text. */
function scopesOf(text: string): readonly string[] {
  const scopes: string[] = [];
  let stack = textmate.INITIAL;
  for (const line of text.split('\n')) {
    const result = grammar.tokenizeLine(line, stack);
    const own = Array.from<string>({ length: line.length }).fill('');
    for (const { startIndex, endIndex, scopes: inside } of result.tokens)
      own.fill(inside.slice(1).join(' '), startIndex, endIndex);
    // What a line break belongs to is nobody's question.
    scopes.push(...own, '');
    stack = result.ruleStack;
  }
  return scopes;
}

/** What the colour of a token must be; null where the lexer does not tell. */
function wanted({ tokenType, image }: IToken): RegExp | null {
  switch (tokenType.name) {
    case 'String':
      return /^string\.quoted\.double|string\.quoted\.double/;
    case 'RawString':
      return /string\.quoted\.other/;
    case 'TemplateStart':
    case 'TemplateText':
    case 'TemplateEnd':
      return /string\.interpolated/;
    case 'RawTemplateStart':
    case 'RawTemplateText':
    case 'RawTemplateEnd':
      return /string\.interpolated\.raw/;
    case 'HoleStart':
      return /punctuation\.section\.interpolation\.begin/;
    case 'Number':
      return /constant\.numeric/;
    default:
      return reserved.has(image) && tokenType.name !== 'Identifier' ? reserved.get(image)! : null;
  }
}

const reserved = new Map<string, RegExp>([
  ...['true', 'false', 'null'].map((word) => [word, /constant\.language|support\.function/] as const),
  ...['package', 'import', 'default', 'if', 'else', 'unless', 'some', 'every', 'as'].map(
    (word) => [word, /keyword\.(control|declaration)/] as const,
  ),
  ...['has', 'not', 'in', 'and', 'or'].map((word) => [word, /keyword\.operator\.word/] as const),
]);

function disagreements(text: string): readonly string[] {
  const { tokens, comments } = lex(createLexer(), text);
  const scopes = scopesOf(text);
  const wrong = tokens.flatMap((token, index) => {
    const pattern = tokens[index - 1]?.image === '.' ? null : wanted(token);
    const scope = scopes[token.startOffset] ?? '';
    return pattern === null || pattern.test(scope) ? [] : [`${token.startLine}: ${token.image} is ${scope}`];
  });
  const plain = comments.flatMap((token) => {
    const scope = scopes[token.startOffset] ?? '';
    return scope.includes('comment.line') ? [] : [`${token.startLine}: ${token.image} is ${scope}`];
  });
  return [...wrong, ...plain];
}

function rulesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.rules'))
    .map((name) => join(path, name));
}

describe('the TextMate grammar', () => {
  test.each(rulesBelow('rules'))('agrees with the lexer on %s', (path) => {
    expect(disagreements(readFileSync(path, 'utf8'))).toEqual([]);
  });

  test.each([
    ['texts', 'deny a "x \\" # no" if b == `raw " # no` # yes "no"'],
    ['templates', 'deny a $"{s["x"]} \\{no} {f({"a": 1})} if" if true'],
    ['raw templates', 'deny a $`{x} "if" \\{` if true\nallow'],
    ['raw texts of several lines', 'a := `one\nif "two\n` if true'],
    ['numbers', 'a := [1, 1.5, 1.5e-3, 30m, 250ms, x1, _2]'],
    ['words after a dot', 'a if identity.claims.test.if.not.in == true'],
    ['functions with reserved beginnings', 'a if not.foo(1)\nb if not in_it(1)\nc if nothing'],
    ['a text that is not closed', 'deny a "x if\nb if true'],
    ['braces in holes', '$"{ {"a": {"b": 1}} } if" if true'],
    [
      'everything in a line',
      'shadow mask a column "x", tagged "y" with partial(4) unless "z" in identity.groups',
    ],
  ])('agrees with the lexer on %s', (_, text) => {
    expect(disagreements(text)).toEqual([]);
  });

  test.each([
    ['deny drop "x" if true', 'deny', 'keyword.declaration.rules'],
    ['deny drop "x" if true', 'drop', 'entity.name.function.rules'],
    ['shadow allow x if true', 'shadow', 'storage.modifier.rules'],
    ['mask a pattern email with redact', 'email', 'support.constant.rules'],
    ['  x := sql.read_only', 'sql', 'support.variable.rules'],
    ['  x := sql.read_only', 'read_only', 'variable.other.property.rules'],
    ['  regex.match("a", b)', 'regex', 'support.function.rules'],
    ['## says', '## says', 'comment.line.documentation.rules'],
    ['  sql "SELECT 1" => deny a.b', 'deny', 'keyword.declaration.rules'],
    ['mask := 1', 'mask', ''],
    ['  identity.claims.test == 1', 'test', 'variable.other.property.rules'],
  ])('in `%s`, `%s` is %s', (text, part, scope) => {
    expect(scopesOf(text)[text.indexOf(part)]).toBe(scope);
  });

  test('knows every fact', () => {
    const { repository } = JSON.parse(grammarText) as { repository: { fact: { match: string } } };
    for (const root of Object.keys(factSchema.roots))
      expect(repository.fact.match).toMatch(new RegExp(`[(|]${root}[)|]`));
  });
});
