/**
 * The queries of views, as `pg_get_viewdef` prints them. It takes a lock on every relation that a view reads, so that somebody
 * who changes one of them can stand in its way: the views concerned are then left without a definition, which nothing
 * is allowed to rely on, and the others have theirs.
 */
import { DatabaseError, type Client } from 'pg';
import type { Relation } from '../facts/sql/catalogue.js';
import { DEFINITIONS } from './catalogue-rows.js';

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
  client: Client,
  relations: ReadonlyMap<number, Relation>,
): Promise<Map<number, Relation>> {
  const views = [...relations].filter(([, relation]) => isView(relation)).map(([oid]) => oid);
  const defined = new Map(relations);
  for (const { oid, definition } of await definitionsOf(client, views)) {
    const relation = relations.get(Number(oid));
    if (relation !== undefined && definition !== null) defined.set(Number(oid), { ...relation, definition });
  }
  return defined;
}

async function definitionsOf(client: Client, views: readonly number[]): Promise<readonly Definition[]> {
  if (views.length === 0) return [];
  const found = await ask(client, views);
  if (found !== null || views.length === 1) return found ?? [];
  const each: Definition[] = [];
  for (let index = 0, blocked = 0; index < views.length && blocked < BLOCKED_MAX; index++) {
    const one = await ask(client, [views[index]!]);
    if (one === null) blocked++;
    else each.push(...one);
  }
  return each;
}

/** Null where one of them is in use, or is being changed. Throws where the connection does. */
async function ask(client: Client, views: readonly number[]): Promise<readonly Definition[] | null> {
  try {
    return (await client.query<Definition>(DEFINITIONS, [views])).rows;
  } catch (error) {
    if (error instanceof DatabaseError) return null;
    throw error;
  }
}
