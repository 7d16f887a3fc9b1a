/** Whoever runs the gateway's own queries on a database: a connection of its own, or a client's. */
import { DatabaseError, type Client } from 'pg';

/**
 * Each query runs in a transaction of its own, so that locks that it takes are let go of at once. A connection that may be a
 * pooler's, which others get next, is left as it was.
 */
export interface Querier {
  /** Rejects with DatabaseError if the server refuses, and with whatever the connection fails of. */
  query(query: Query): Promise<{ readonly rows: readonly unknown[] }>;
}

export interface Query {
  /** One of a few, written in the source. */
  readonly text: string;
  /** Lists of oids, and names as a list in JSON. */
  readonly values?: readonly (string | readonly number[])[];
}

/**
 * With an empty path no function or operator of the target's own can stand in for one of a query's. Waiting for a lock longer
 * than this is not worth it, and is far below any `deadlock_timeout`: nobody’s transaction is ever the victim of a reading.
 */
const OWN_SETTINGS = {
  search_path: "''",
  lock_timeout: "'100ms'",
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
};
const set = (scope: string): string =>
  Object.entries(OWN_SETTINGS)
    .map(([name, value]) => `SET ${scope} ${name} = ${value}`)
    .join('; ');

/** Until the transaction ends. */
export const SETTINGS = set('LOCAL');

/** The rows of a query, which says of itself what they are. */
export async function rowsOf<Row>(querier: Querier, query: Query): Promise<Row[]> {
  return (await querier.query(query)).rows as Row[];
}

/** `direct`: the connection is the server's own. */
export function querierOf(client: Client, direct: boolean): Querier {
  return direct ? ofConnection(client) : ofPooler(client);
}

/** What is set and prepared is there for the next query: one round trip each, planned once. */
function ofConnection(client: Client): Querier {
  let settled: Promise<unknown> | null = null;
  return {
    query: async ({ text, values = [] }) => {
      await (settled ??= client.query(`${set('SESSION')}; SET SESSION default_transaction_read_only = on`));
      return client.query<object>({ name: nameOf(text), text, values: [...values] });
    },
  };
}

/** Whose process it is next nobody knows: it is left as it was, and nothing is there for the next query. */
function ofPooler(client: Client): Querier {
  let ended: Promise<unknown> = Promise.resolve();
  return {
    query: async ({ text, values = [] }) => {
      await ended;
      await client.query(`BEGIN READ ONLY; ${SETTINGS}`);
      try {
        const { rows } = await client.query<object>({ text, values: [...values] });
        // Nobody waits for its end but the next query. What a broken connection says, that one says again.
        ended = client.query('COMMIT').catch(() => undefined);
        return { rows };
      } catch (error) {
        if (error instanceof DatabaseError) await client.query('ROLLBACK');
        throw error;
      }
    },
  };
}

const names = new Map<string, string>();

function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = `sallyport ${names.size}`));
  return name;
}

/** A pooler answers with a process of its own: the one that runs the query is another. */
export async function isDirect(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  return rows[0]?.pid === (client as unknown as { readonly processID: number | null }).processID;
}
