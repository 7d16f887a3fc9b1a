/** docs/facts.md: every fact with its type and its line of documentation. */
import type { FactSchema, Field, RootField, Type } from '../../src/values/schema.js';
import { page, table } from './markdown.js';
import { quoted, typeWords, WORDS_IN_A_CELL } from './type-words.js';

interface Row {
  readonly path: string;
  readonly type: Type;
  readonly doc: string;
  readonly optional: boolean;
}

export function factsPage(schema: FactSchema): string {
  const roots = Object.entries(schema.roots);
  return page([
    '# Facts',
    '',
    'What rules can ask about a command. `[]` stands for each member of an array or a set, `[…]` for each value of an object',
    'whose keys are not known beforehand: `some s in sql.statements`, `target.labels.env`. A fact that may be *absent* is so',
    'where it has no meaning for the command; what could not be established is *unknown* and opens nothing.',
    '',
    '`npm run reference` writes this page from `src/facts/schema`.',
    '',
    ...roots.map(
      ([name, { targets }]) => `- [\`${name}\`](#${name})${targets === undefined ? '' : `: ${of(targets)}`}`,
    ),
    ...roots.flatMap(([name, root]) => ['', ...section(name, root)]),
    ...detectors(schema),
  ]);
}

function of(targets: readonly string[]): string {
  return `of targets of type ${targets.map((type) => `\`${type}\``).join(' or ')}`;
}

function section(name: string, root: RootField): string[] {
  const all = [...rowsOf(name, root)];
  // The root's own line stands above the table.
  const rows = all.length === 1 ? all : all.slice(1);
  const words = rows.flatMap(({ path, type }) => {
    const values = wordsOf(type);
    return values.length <= WORDS_IN_A_CELL ? [] : ['', `\`${path}\` is one of ${quoted(values)}.`];
  });
  const where = root.targets === undefined ? [] : [`Only ${of(root.targets)}.`];
  return [
    `## ${name}`,
    '',
    [root.doc, ...where].join(' '),
    '',
    ...table(
      ['fact', 'type', 'what it is'],
      rows.map((row) => [`\`${row.path}\``, typeOf(row), row.doc]),
    ),
    ...words,
    ...glossary(root),
  ];
}

function glossary({ glossary: known }: RootField): string[] {
  if (known === undefined) return [];
  const rows = Object.entries(known.words).map(([word, meaning]) => [`\`${word}\``, meaning]);
  return ['', known.text, '', ...table(['word', 'what it says'], rows)];
}

function* rowsOf(path: string, { type, doc, optional }: Field): Generator<Row> {
  yield { path, type, doc, optional: optional === true };
  const [at, inner] = innermost(path, type);
  if (inner.kind !== 'object') return;
  for (const [key, field] of Object.entries(inner.fields)) yield* rowsOf(`${at}.${key}`, field);
}

/** Through collections to what they hold. */
function innermost(path: string, type: Type): readonly [string, Type] {
  if (type.kind === 'array' || type.kind === 'set') return innermost(`${path}[]`, type.element);
  return type.kind === 'map' ? innermost(`${path}[…]`, type.value) : [path, type];
}

function typeOf({ type, optional }: Row): string {
  return optional ? `${typeWords(type)}, may be absent` : typeWords(type);
}

function wordsOf(type: Type): readonly string[] {
  const [, inner] = innermost('', type);
  return inner.kind === 'string' ? (inner.values ?? []) : [];
}

function detectors({ detectors: known }: FactSchema): string[] {
  if (known === undefined) return [];
  const rows = Object.entries(known).map(([name, doc]) => [`\`${name}\``, doc]);
  return [
    '',
    '## Detectors',
    '',
    'What `mask … pattern "name"` finds in values, whatever column they come from. [Masking](masking.md) says how.',
    '',
    ...table(['name', 'what it finds'], rows),
  ];
}
