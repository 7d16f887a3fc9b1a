/** The keywords of the language by position, with what they begin. */
import type { RowWord } from '../../../grammar/row-words.js';
import { CompletionItemKind, InsertTextFormat, type CompletionItem } from 'vscode-languageserver';
import type { Cursor } from './cursor.js';

const statements: Readonly<Record<string, readonly [string, string]>> = {
  package: ['package ${1:name}', 'The package of this file.'],
  import: ['import data.${1:name}', 'Shortens a path.'],
  applies: ['applies if {\n  $0\n}', 'Guards every decision rule of this file.'],
  allow: ['allow ${1:name} if $0', 'Allows a command.'],
  deny: ['deny ${1:name} "${2:why}" if {\n  $0\n}', 'Denies a command, with a reason.'],
  review: [
    'review ${1:name} "${2:why}" by {"${3:group}"} within ${4:30m} if {\n  $0\n}',
    'Holds a command until somebody approves it.',
  ],
  mask: ['mask ${1:name} column "${2:table.column}" with ${3:redact}', 'Hides values in results.'],
  limit: ['limit ${1:name} rows ${2:1000}', 'Ends a result that is too large or takes too long.'],
  shadow: ['shadow ', 'The rule is evaluated and recorded, but does not affect the decision.'],
  default: ['default ${1:name} := $0', 'The value of a rule if no other body gives one.'],
  test: [
    'test "${1:what must hold}" {\n  sql "${2:SELECT 1}" => ${3:allow}\n}',
    'Commands and their expected decisions.',
  ],
  given: ['given ${1:target.name} := $0', 'A fact of every test of this file.'],
};

const literals: Readonly<Record<string, readonly [string, string]>> = {
  some: ['some ${1:x} in $0', 'Binds a member: one is enough.'],
  every: ['every ${1:x} in ${2:xs} {\n  $0\n}', 'All members must hold.'],
  not: ['not ', 'Holds where the condition does not.'],
  has: ['has ', 'Whether a path is present.'],
};

const rows: Readonly<Record<RowWord | 'given', readonly [string, string]>> = {
  given: ['given ${1:target.name} := $0', 'A fact of every row below.'],
  sql: ['sql "${1:SELECT 1}" => ${2:allow}', 'A statement and its expected decision.'],
  kubectl: ['kubectl "${1:get pods}" => ${2:allow}', 'A kubectl command and its expected decision.'],
  shell: ['shell "${1:ls}" => ${2:allow}', 'A shell command and its expected decision.'],
  http: ['http "${1:GET https://api.example/}" => ${2:allow}', 'A request and its expected decision.'],
  docker: ['docker "${1:ps}" => ${2:allow}', 'A docker command and its expected decision.'],
};

const clauses: readonly string[] = [
  'if',
  'unless',
  'else',
  'in',
  'and',
  'or',
  'by',
  'within',
  'quorum',
  'with',
  'as',
  'contains',
];
/** Keywords after the arrow of a row. */
const expectations: readonly string[] = ['undecided', 'mask', 'limit', 'shadow', 'for', 'each'];
const selectors: readonly string[] = ['column', 'tagged', 'pattern', 'field', 'header'];
const units: readonly string[] = ['rows', 'bytes', 'seconds'];
const values: readonly string[] = ['true', 'false', 'null'];

export function keywordsAt({ tokens, at }: Cursor): readonly CompletionItem[] {
  const before = tokens[at - 1];
  if (before === undefined || tokens[0]?.image === 'shadow') return snippets(statements);
  const opener = tokens[0]!.image;
  const inTest = opener === 'test' ? [...snippets(rows), ...expectations.map(word)] : [];
  const inMask = opener === 'mask' && at < 4 ? selectors.map(word) : [];
  const inLimit = opener === 'limit' && at < 3 ? units.map(word) : [];
  return [...inTest, ...inMask, ...inLimit, ...snippets(literals), ...clauses.map(word), ...values.map(word)];
}

function snippets(words: Readonly<Record<string, readonly [string, string]>>): CompletionItem[] {
  return Object.entries(words).map(([label, [insertText, documentation]]) => ({
    label,
    kind: CompletionItemKind.Keyword,
    insertText,
    insertTextFormat: InsertTextFormat.Snippet,
    documentation,
    sortText: `2${label}`,
  }));
}

function word(label: string): CompletionItem {
  return { label, kind: CompletionItemKind.Keyword, sortText: `3${label}` };
}

const others: Readonly<Record<string, string>> = {
  if: 'The rule fires if this holds.',
  unless: 'The rule does not fire if this holds.',
  else: 'Used if the body above does not hold.',
  in: 'Whether a value is a member.',
  by: 'The groups that may approve: one of them is enough.',
  within: 'How long to wait for an approval; 15 minutes if left out.',
  quorum: 'How many approvals are needed; one if left out.',
  contains: 'The rule is a set, and this is one of its members.',
  undecided: 'The command is denied because a fact that a rule needs is unknown.',
  each: 'The block is a test for every case of a table.',
  column: 'Columns by `table.column` or `schema.table.column`; `*` stands for a whole part.',
  tagged: 'Columns with this tag in `data.catalogue`.',
  pattern: 'Values that match this pattern, wherever they occur.',
  field: 'A path in a JSON body.',
  header: 'A header by its name.',
};

/** What the word at a position begins, if it is a keyword, which cannot be renamed; null for any other. */
export function keywordDoc(
  { tokens }: Cursor,
  offset: number,
): { doc: string; start: number; end: number } | null {
  const at = tokens.findIndex(
    ({ startOffset, image }) => startOffset <= offset && offset <= startOffset + image.length,
  );
  const token = tokens[at];
  if (token === undefined || token.tokenType.name === 'Identifier' || tokens[at - 1]?.image === '.')
    return null;
  const known: readonly Readonly<Record<string, readonly [string, string]>>[] = [statements, literals, rows];
  const words = known.find((one) => Object.hasOwn(one, token.image));
  const doc =
    words?.[token.image]?.[1] ?? (Object.hasOwn(others, token.image) ? others[token.image] : undefined);
  return doc === undefined
    ? null
    : { doc, start: token.startOffset, end: token.startOffset + token.image.length };
}
