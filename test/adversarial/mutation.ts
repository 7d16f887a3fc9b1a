/**
 * Other spellings of a statement, which mean the same to the server, and statements around it, which do what it does.
 * What is made depends on the text and the seed alone.
 */
import { parseSql } from '../../src/facts/sql/parse/parser.js';

/** A piece of a text: what it is, as far as a spelling may touch it. */
interface Token {
  readonly kind: 'space' | 'word' | 'string' | 'other';
  readonly text: string;
}

const TOKEN =
  /(?<comment>--[^\n\r]*|\/\*(?:[^*/]|\*(?!\/)|\/(?!\*))*\*\/)|(?<prefixed>(?:[eEbBxXnN]|[uU]&)(?:'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"))|(?<string>'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\5\$)|(?<word>[A-Za-z_][\w$]*)|(?<space>\s+)|[\s\S]/gy;

function tokensOf(text: string): Token[] {
  return [...text.matchAll(TOKEN)].map(({ 0: piece, groups = {} }): Token => {
    const kind = (['space', 'word', 'string'] as const).find((name) => groups[name] !== undefined);
    return { kind: kind ?? 'other', text: piece };
  });
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

type Respell = (token: Token, random: () => number) => string;

const escaped = (text: string, before: string): string =>
  Array.from(text, (letter) => `${before}${letter.codePointAt(0)!.toString(16).padStart(4, '0')}`).join('');

const RESPELLINGS: readonly Respell[] = [
  // Comments, and white space of every kind, for spaces.
  ({ kind, text }) => (kind === 'space' ? '/* ; -- \' /* " */ */' : text),
  ({ kind, text }, random) =>
    kind === 'space' ? ['\t', '\f', '\u000b', '\r\n', " -- '\r"][Math.floor(random() * 5)]! : text,
  // Words in other letters.
  ({ kind, text }, random) =>
    kind === 'word'
      ? Array.from(text, (letter) => (random() < 0.5 ? letter.toUpperCase() : letter.toLowerCase())).join('')
      : text,
  // Names in quotes, and in Unicode escapes. Keywords so written are no keywords: the tree tells.
  ({ kind, text }, random) => (kind === 'word' && random() < 0.5 ? `"${text.toLowerCase()}"` : text),
  ({ kind, text }, random) =>
    kind === 'word' && random() < 0.5 ? `U&"${escaped(text.toLowerCase(), '\\')}"` : text,
  // Strings in other quotes.
  ({ kind, text }) => (kind === 'string' ? `$q$${text.slice(1, -1).replaceAll("''", "'")}$q$` : text),
  ({ kind, text }) =>
    kind === 'string' ? `E'${escaped(text.slice(1, -1).replaceAll("''", "'"), '\\u')}'` : text,
  ({ kind, text }) =>
    kind === 'string' ? `U&'${escaped(text.slice(1, -1).replaceAll("''", "'"), '\\')}'` : text,
];

/** Words that stand for objects: they can be spelt in quotes, keywords cannot. */
const NAMES =
  /^(customers|people|orders|notes|ledger|secrets|vault|public|email|card_number|phone|value|body|status|mailing|address|keys|c|o|s|x|n|e)$/i;

/** Spellings with the same tree, of those that the seed chooses; `count` at most. */
export function spellingsOf(text: string, random: () => number, count: number): string[] {
  const tree = treeOf(text);
  if (tree === null) return [];
  const tokens = tokensOf(text);
  const found = new Set<string>();
  for (let tries = 0; tries < 3 * count && found.size < count; tries++) {
    const chosen = RESPELLINGS.filter(() => random() < 0.4);
    const spelt = tokens.map((token) => respelt(token, chosen, random)).join('');
    if (spelt !== text && treeOf(spelt) === tree) found.add(spelt);
  }
  return [...found];
}

function respelt(token: Token, chosen: readonly Respell[], random: () => number): string {
  const fitting = chosen.filter((one) => {
    const quotes = RESPELLINGS.indexOf(one) === 3 || RESPELLINGS.indexOf(one) === 4;
    return one(token, () => 0) !== token.text && (!quotes || NAMES.test(token.text));
  });
  return fitting.length === 0 ? token.text : fitting[Math.floor(random() * fitting.length)]!(token, random);
}

/** What the server makes of a text, without where it found it; null where it makes nothing of it. */
function treeOf(text: string): string | null {
  const parsed = parseSql(text);
  if (parsed.kind !== 'parsed') return null;
  return JSON.stringify(parsed.tree, (key, value: unknown) =>
    [
      'location',
      'stmt_location',
      'stmt_len',
      'list_start',
      'list_end',
      'rexpr_list_start',
      'rexpr_list_end',
      'name_location',
    ].includes(key)
      ? undefined
      : value,
  );
}

/** Statements that run a query, each a list of one session; `m` is free for names. */
const AROUND_QUERY: readonly ((query: string) => readonly string[])[] = [
  (q) => [`(${q})`],
  (q) => [`SELECT * FROM (${q}) AS w`],
  (q) => [`WITH w AS MATERIALIZED (${q}) SELECT * FROM w`],
  (q) => [`SELECT w FROM (${q}) AS w`],
  (q) => [`SELECT row_to_json(w), w::text FROM (${q}) AS w`],
  (q) => [`SELECT ARRAY(SELECT w FROM (${q}) AS w)`],
  (q) => [`SELECT l.* FROM (VALUES (1)) AS v, LATERAL (${q}) AS l`],
  (q) => [`SELECT NULL WHERE false UNION ALL (SELECT min(w::text) FROM (${q}) AS w)`],
  (q) => [`PREPARE m AS ${q}`, 'EXECUTE m', 'DEALLOCATE m'],
  (q) => [`DECLARE m CURSOR WITH HOLD FOR ${q}`, 'FETCH ALL FROM m', 'CLOSE m'],
  (q) => [`COPY (${q}) TO STDOUT`],
  (q) => [`EXPLAIN (ANALYZE, VERBOSE, COSTS OFF) ${q}`],
  (q) => [`CREATE TEMP TABLE m AS ${q}`, 'TABLE m', 'DROP TABLE m'],
  (q) => [`CREATE TEMP VIEW m AS ${q}`, 'TABLE m', 'DROP VIEW m'],
  (q) => [`SELECT query_to_xml(${quoted(q)}, true, true, '')`],
  (q) => [`DO ${quoted(`DECLARE r record; BEGIN FOR r IN ${q} LOOP RAISE NOTICE '%', r; END LOOP; END`)}`],
];
const AROUND_ANY: readonly ((text: string) => readonly string[])[] = [
  (text) => [`SELECT 1; ${text}`],
  (text) => [`;;${text};`],
  (text) => [`/* SELECT 1 */ ${text} -- SELECT`],
  (text) => [`EXPLAIN ANALYZE ${text}`],
  (text) => [`PREPARE m AS ${text}`, 'EXECUTE m', 'DEALLOCATE m'],
  (text) => [`DO ${quoted(`BEGIN ${text}; END`)}`],
];

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Sessions that do what a statement does, of those that the seed chooses; each of them parses. */
export function wrappingsOf(text: string, random: () => number, count: number): (readonly string[])[] {
  const bare = text.trim().replace(/;+$/, '');
  const parsed = parseSql(bare);
  if (parsed.kind !== 'parsed' || parsed.tree.stmts?.length !== 1) return [];
  const isQuery = 'SelectStmt' in (parsed.tree.stmts[0]?.stmt ?? {}) && !/\binto\b/i.test(bare);
  const around = isQuery ? [...AROUND_QUERY, ...AROUND_ANY] : AROUND_ANY;
  const made = around.map((make) => make(bare)).filter((made) => made.every((one) => treeOf(one) !== null));
  return made.map((one) => [random(), one] as const).sort(([a], [b]) => a - b).slice(0, count).map(([, one]) => one); // prettier-ignore
}
