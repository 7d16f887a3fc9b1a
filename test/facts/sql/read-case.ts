/** Case tables: a statement, what surrounds it, and what is expected of its analysis, in one short notation. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { anyChange, changeOf } from '../../../src/facts/sql/catalogue/schema-change.js';
import { isArray, toJson } from '../../../src/values/value.js';
import type { Value, ValueObject } from '../../../src/values/value.js';
import type {
  AnalysedStatement,
  OwnRelation,
  SessionUser,
  SqlAnalysis,
  SqlContext,
} from '../../../src/facts/sql/scope/analysis.js';
import { parseCatalogue } from '../../../src/facts/sql/catalogue/file.js';
import type { ColumnName } from '../../../src/facts/sql/catalogue/catalogue.js';
import { deriveSql } from '../../../src/facts/sql/derive.js';

const folder = join(process.cwd(), 'test/facts/sql');
export const shop = parseCatalogue(parse(readFileSync(join(folder, 'shop.catalogue.yaml'), 'utf8')));

export interface Case {
  /** Of the fault that it shows. */
  readonly id?: string;
  readonly sql: string;
  /** Settings of the context that differ from a fresh session with the shop's catalogue. */
  readonly context?: {
    readonly catalogue?: 'none';
    readonly searchPath?: readonly string[] | null;
    readonly prepared?: Readonly<Record<string, string>>;
    readonly cursors?: Readonly<Record<string, string>>;
    readonly transaction?: 'idle' | 'open' | 'failed';
    /** Anything may have changed. */
    readonly stale?: boolean;
    readonly changed?: { readonly renamed?: readonly string[]; readonly altered?: readonly string[] };
    readonly own?: readonly OwnRelation[];
    readonly user?: SessionUser;
    readonly assumed?: SqlContext['assumed'];
  };
  readonly expect: Readonly<Record<string, unknown>>;
}

export function readCases(file: string): Case[] {
  const cases = parse(readFileSync(join(folder, file), 'utf8')) as Case[];
  return cases.map(({ id, sql, context, ...expect }) => ({
    ...(id === undefined ? {} : { id }),
    sql,
    ...(context ? { context } : {}),
    expect,
  }));
}

export function contextOf(given: Case['context'] = {}): SqlContext {
  return {
    catalogue: given.catalogue === 'none' ? null : shop,
    searchPath: given.searchPath === undefined ? ['public'] : given.searchPath,
    prepared: new Map(Object.entries(given.prepared ?? {})),
    ...(given.cursors === undefined ? {} : { cursors: new Map(Object.entries(given.cursors)) }),
    ...(given.stale === true ? { changed: anyChange } : {}),
    ...(given.changed === undefined ? {} : { changed: changeOf(given.changed) }),
    ...(given.own === undefined ? {} : { own: given.own }),
    ...(given.user === undefined ? {} : { user: given.user }),
    ...(given.assumed === undefined ? {} : { assumed: given.assumed }),
    transaction: given.transaction ?? 'idle',
    parameters: null,
  };
}

/** What the case asks about, in the notation of the case. */
export function observe(one: Case): Record<string, unknown> {
  const analysis = deriveSql(one.sql, contextOf(one.context));
  return Object.fromEntries(Object.keys(one.expect).map((key) => [key, observation(key)(analysis)]));
}

function observation(key: string): (analysis: SqlAnalysis) => unknown {
  const found = observations[key];
  if (found === undefined) throw new Error(`a case asks for \`${key}\`, which is not observed`);
  return found;
}

const observations: Readonly<Record<string, (analysis: SqlAnalysis) => unknown>> = {
  /** Of the last statement: `name = table.column` plain, `name ~ a.b + c.d` derived, `name ?` not known. */
  output: ({ statements }) => outputText(statements.at(-1)),
  moved: ({ statements }) => columnsText(statements.at(-1)?.moved ?? []),
  filtered: ({ statements }) => columnsText(statements.at(-1)?.filtered ?? []),
  session: ({ statements }) => statements.flatMap((statement) => statement.session.map(changeText)),
  copy: ({ statements }) => statements.at(-1)?.copy,
  error: ({ error }) => error !== null,
  absent: ({ absent }) => absent?.map(({ schema, name, written }) => `${schema}.${name}: ${written}`),
  read_only: ({ sql }) => toJson(sql['read_only']!),
  /** Verb and object of every statement, nested ones with `> `, those that are not run with `(…)`. */
  statements: ({ sql }) => objects(sql['statements']!).map((one, _, all) => statementText(one, all)),
  effects: ({ sql }) => toJson(sql['effects']!),
  /** Of the first top-level statement, as `access schema.table(columns)`. */
  tables: ({ sql }) => members(objects(sql['statements']!)[0]!['tables']!).map(tableText).sort(),
  functions: ({ sql }) => members(objects(sql['statements']!)[0]!['functions']!).map(nameText).sort(),
  objects: ({ sql }) => members(objects(sql['statements']!)[0]!['objects']!).map(nameText),
  where: ({ sql }) => objects(sql['statements']!).map((statement) => toJson(statement['has_where']!)),
  limit: ({ sql }) => objects(sql['statements']!).map((statement) => toJson(statement['has_limit']!)),
  selects: ({ sql }) => toJson(objects(sql['statements']!)[0]!['selects']!),
  settings: ({ sql }) => toJson(objects(sql['statements']!)[0]!['settings']!),
  locks: ({ sql }) => toJson(objects(sql['statements']!)[0]!['locks']!),
  actions: ({ sql }) => toJson(objects(sql['statements']!)[0]!['actions']!),
  returning: ({ sql }) => toJson(objects(sql['statements']!)[0]!['returning']!),
};

const members = (value: Value): readonly Value[] => (isArray(value) ? value : [value]);
const objects = (value: Value): readonly ValueObject[] => members(value) as readonly ValueObject[];

function statementText(statement: ValueObject, all: readonly ValueObject[]): string {
  if (statement['verb'] === undefined || typeof statement['verb'] !== 'string') return '?';
  const object =
    statement['object'] === undefined ? '' : ` ${JSON.stringify(statement['object']).slice(1, -1)}`;
  const words = `${statement['verb']}${object}`;
  let depth = 0;
  for (let at = statement; at['parent'] !== undefined; at = all[at['parent'] as number]!) depth++;
  return `${'> '.repeat(depth)}${statement['executed'] === true ? words : `(${words})`}`;
}

function tableText(value: Value): string {
  const table = toJson(value) as { schema?: string; name?: string; access?: string; columns?: unknown[] };
  if (table.name === undefined) return '?';
  if (typeof table.name !== 'string') return `${table.access!} ?`;
  const columns = (table.columns ?? []).map((column) => (typeof column === 'string' ? column : '?'));
  return `${table.access!} ${table.schema!}.${table.name}(${columns.join(', ')})`;
}

function nameText(value: Value): string {
  const { schema, name } = toJson(value) as { schema?: string; name?: string };
  if (name === undefined) return '?';
  return schema === undefined ? name : `${schema}.${name}`;
}

/** The schema `public` goes without saying. */
function columnText({ schema, table, column }: ColumnName): string {
  return schema === 'public' ? `${table}.${column}` : `${schema}.${table}.${column}`;
}

const columnsText = (columns: readonly ColumnName[] | 'unknown'): unknown =>
  columns === 'unknown' ? '?' : columns.map(columnText).sort();

function outputText(statement: AnalysedStatement | undefined): unknown {
  const output = statement?.output;
  if (output?.kind !== 'columns') return output?.kind;
  return output.columns.map(({ name, sources, derived }) => {
    if (sources === 'unknown') return `${name} ?`;
    const from = sources.map(columnText).sort().join(' + ');
    if (from === '') return name;
    return `${name} ${derived ? '~' : '='} ${from}`;
  });
}

function changeText(change: AnalysedStatement['session'][number]): string {
  switch (change.kind) {
    case 'set':
      return `set ${change.local ? 'local ' : ''}${change.name} = ${change.value ?? '?'}${change.unchanged === true ? ' (unchanged)' : ''}`;
    case 'prepare':
      return `${change.kind} ${change.name}: ${change.text}`;
    case 'declare-cursor':
      return `${change.kind}${change.hold ? ' with hold' : ''} ${change.name}: ${change.text}`;
    case 'deallocate':
    case 'close-cursor':
      return `${change.kind} ${change.name ?? 'all'}`;
    case 'ddl':
      return 'ddl';
    case 'transaction':
      return change.verb;
  }
}
