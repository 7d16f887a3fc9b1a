/** `docs/troubleshooting.md` accounts for everything that the gateway can say by a name: SQLSTATEs, fixed rules, codes. */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NO_RULE_ALLOWS_IT } from '../../src/engine/decision.js';
import { LOG_CODES } from '../../src/log.js';

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

function sourcesIn(...folders: readonly string[]): readonly SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => ({ path: join(folder, name), text: readFileSync(join(folder, name), 'utf8') })),
  );
}

const sources = sourcesIn('src', 'proxy', 'cli');

function found(files: readonly SourceFile[], pattern: RegExp): readonly string[] {
  return [
    ...new Set(files.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, name]) => name!))),
  ].sort();
}

const page = readFileSync('docs/troubleshooting.md', 'utf8');

/** The rows of the tables under a heading, up to the next heading of the same or a higher level; cells without blanks. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const level = /^#+/.exec(heading)![0].length;
  const [, rest = ''] = page.split(`\n${heading}\n`);
  const [section = ''] = rest.split(new RegExp(`^#{1,${level}} `, 'm'));
  return section
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\| *-/.test(line))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()))
    .filter(([first]) => first!.startsWith('`'));
}

/** What stands between backticks in the first cell of each row. */
function namesUnder(heading: string): readonly string[] {
  return rowsUnder(heading).flatMap(([first]) => [...first!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
}

describe('troubleshooting.md', () => {
  test('has every SQLSTATE that the gateway sends, and no other', () => {
    // `withheld` lists errors of the target whose texts may pass.
    const own = sourcesIn('proxy').filter(({ path }) => !path.endsWith('withheld.ts'));
    const sent = found(own, /'([0-9][0-9A-Z]{4}|XX000)'/g);
    expect(sent.length).toBeGreaterThan(15);
    expect([...namesUnder('## By SQLSTATE')].sort()).toEqual(sent);
  });

  test('has every fixed rule, and no other', () => {
    const rules = found(
      sources.filter(({ path }) => !/config/.test(path)),
      /'(gateway\.[a-z_]+)'/g,
    ).filter((name) => !name.endsWith('.js'));
    expect(rules.length).toBeGreaterThan(15);
    expect([...namesUnder('## By fixed rule')].sort()).toEqual(rules);
  });

  test('has every code of the log, and no other', () => {
    expect([...namesUnder('## By log code')].sort()).toEqual([...LOG_CODES].sort());
  });

  test('has every code of an error, and no other', () => {
    const thrown = found(sources, /new GatewayError\(\s*'([a-z-]+)'/g);
    const listed = namesUnder('## By error code');
    expect(thrown.filter((code) => !listed.includes(code))).toEqual([]);
    const written = new Set(found(sources, /'([a-z-]+)'/g));
    expect(listed.filter((code) => !written.has(code))).toEqual([]);
    expect(new Set(listed).size).toBe(listed.length);
  });

  /** Put together from parts that no single text of the source has. */
  const assembled = new Map([[`denied: ${NO_RULE_ALLOWS_IT}`, ['denied', NO_RULE_ALLOWS_IT]]]);
  const messages = namesUnder('## By message');

  test('has messages to look up', () => expect(messages.length).toBeGreaterThan(25));

  test.each(messages)('quotes the source: %s', (message) => {
    const parts = assembled.get(message) ?? message.split('…');
    const wanted = parts.map((part) => part.trim()).filter((part) => /\w/.test(part));
    const texts = sources.flatMap(({ text }) => textsIn(text));
    const missing = assembled.has(message)
      ? wanted.filter((part) => !texts.some((text) => text.includes(part)))
      : texts.some((text) => hasInOrder(text, wanted))
        ? []
        : wanted;
    expect(missing).toEqual([]);
  });

  test('says of every row what it means', () => {
    const headings = [
      '## By message',
      '## By fixed rule',
      '## By SQLSTATE',
      '## By log code',
      '## By error code',
    ];
    const short = headings
      .flatMap((heading) => rowsUnder(heading))
      .filter(([, meaning = '']) => meaning.length < 12);
    expect(short).toEqual([]);
  });
});

/** String and template literals, without escapes and backticks. */
function textsIn(source: string): readonly string[] {
  const literals = source.match(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\\n]|\\.)*"/g) ?? [];
  return literals.map((literal) => literal.replaceAll(/\\|`/g, ''));
}

function hasInOrder(text: string, parts: readonly string[]): boolean {
  let at = 0;
  for (const part of parts) {
    const next = text.indexOf(part, at);
    if (next < 0) return false;
    at = next + part.length;
  }
  return true;
}
