/**
 * The queries of views and the bodies of functions in BEGIN ATOMIC, as PostgreSQL prints them. Printing takes a lock on every
 * relation that they read, so a session that changes one of them can block it. The affected ones then have no definition, and
 * nothing may rely on them; the others have theirs.
 */
import { DatabaseError } from 'pg';
import type { CatalogueFunction, Relation } from '../../facts/sql/catalogue/catalogue.js';
import { FUNCTION_DEFINITIONS, toFunction, type FunctionRow } from './functions.js';
import { DEFINITIONS } from './rows.js';
import { rowsOf, type Querier } from './querier.js';

/** After so many that are in use the others wait for the next reading, too. */
const BLOCKED_MAX = 5;

interface Definition {
  readonly oid: string;
  readonly definition: string | null;
}

export function isView({ kind }: Relation): boolean {
  return kind === 'view' || kind === 'materialized-view';
}

/** The relations with the definitions of the views among them. */
export async function readDefinitions(
  client: Querier,
  relations: ReadonlyMap<number, Relation>,
): Promise<Map<number, Relation>> {
  const views = [...relations].filter(([, relation]) => isView(relation)).map(([oid]) => oid);
  const defined = new Map(relations);
  for (const { oid, definition } of await definitionsOf(client, DEFINITIONS, views)) {
    const relation = relations.get(Number(oid));
    if (relation !== undefined && definition !== null) defined.set(Number(oid), { ...relation, definition });
  }
  return defined;
}

/** The functions that the rows tell of, with the bodies that the rows leave out. */
export async function readFunctions(
  client: Querier,
  rows: readonly FunctionRow[],
): Promise<Map<number, CatalogueFunction>> {
  const functions = new Map(rows.map((row) => [Number(row.oid), toFunction(row)]));
  const atomic = rows.filter((row) => row.atomic).map((row) => Number(row.oid));
  for (const { oid, definition } of await definitionsOf(client, FUNCTION_DEFINITIONS, atomic)) {
    const of = functions.get(Number(oid));
    if (of !== undefined && definition !== null) functions.set(Number(oid), { ...of, definition });
  }
  return functions;
}

async function definitionsOf(
  client: Querier,
  query: string,
  oids: readonly number[],
): Promise<readonly Definition[]> {
  if (oids.length === 0) return [];
  const found = await ask(client, query, oids);
  if (found !== null || oids.length === 1) return found ?? [];
  const each: Definition[] = [];
  for (let index = 0, blocked = 0; index < oids.length && blocked < BLOCKED_MAX; index++) {
    const one = await ask(client, query, [oids[index]!]);
    if (one === null) blocked++;
    else each.push(...one);
  }
  return each;
}

/** Null if one of them is in use, or is being changed. Throws if the connection fails. */
async function ask(
  client: Querier,
  query: string,
  oids: readonly number[],
): Promise<readonly Definition[] | null> {
  try {
    return await rowsOf<Definition>(client, { text: query, values: [oids] });
  } catch (error) {
    if (error instanceof DatabaseError) return null;
    throw error;
  }
}
