/** Whoever runs the gateway's own queries on a database: a connection of its own, or a client's. */
import { DatabaseError, type Client } from 'pg';

/**
 * Each query runs in a transaction of its own, with settings of its own, so that the connection is left as it was: it may be a
 * pooler's, which others get next, and locks that a query takes are let go of at once.
 */
export interface Querier {
  /** Rejects with DatabaseError if the server refuses, and with whatever the connection fails of. */
  query(query: Query): Promise<{ readonly rows: readonly unknown[] }>;
}

export interface Query {
  readonly text: string;
  /** Lists of oids, and names as a list in JSON. */
  readonly values?: readonly (string | readonly number[])[];
  /** By name it is planned once for all runs of a connection. */
  readonly name?: string;
}

/**
 * With an empty path no function or operator of the target's own can stand in for one of a query's. Waiting for a lock longer
 * than this is not worth it, and is far below any `deadlock_timeout`: nobody’s transaction is ever the victim of a reading.
 */
export const SETTINGS = `SET LOCAL search_path = ''; SET LOCAL lock_timeout = '100ms'; SET LOCAL jit = off;
  SET LOCAL plan_cache_mode = force_generic_plan`;

/** The rows of a query, which says of itself what they are. */
export async function rowsOf<Row>(querier: Querier, query: Query): Promise<Row[]> {
  return (await querier.query(query)).rows as Row[];
}

/** `keepsPlans`: what is prepared in the connection is there for its next query, which a pooler does not promise. */
export function querierOf(client: Client, keepsPlans: boolean): Querier {
  let ended: Promise<unknown> = Promise.resolve();
  return {
    query: async ({ text, values = [], name }) => {
      await ended;
      await client.query(`BEGIN READ ONLY; ${SETTINGS}`);
      try {
        const prepared = keepsPlans && name !== undefined ? { name, text } : { text };
        const { rows } = await client.query<object>({ ...prepared, values: [...values] });
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

/** A pooler answers with a process of its own: the one that runs the query is another. */
export async function isDirect(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  return rows[0]?.pid === (client as unknown as { readonly processID: number | null }).processID;
}
