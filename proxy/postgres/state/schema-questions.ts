/**
 * Reads the session's schema changes in the client's own session: other sessions cannot see a transaction's DDL.
 *
 * Inside a transaction each query runs behind a savepoint and rolls back to it. Its settings, its locks and any error of its
 * own are then gone, and the client's transaction is unchanged.
 */
import { GatewayError } from '../../../src/errors.js';
import { encodeOwnQuery, SYNC } from '../wire/frontend-codec.js';
import type { Link } from './link.js';
import type { Reading } from './own-question.js';

/**
 * No operator or function of the target's can replace one that the query uses, and temporary types are searched last. The query
 * never blocks others with a lock.
 */
const SETTINGS = `SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),
  pg_catalog.set_config('lock_timeout', '100ms', true), pg_catalog.set_config('jit', 'off', true)`;

/**
 * Reads changed objects that the command depends on. False if that cannot be done now or was done often enough: the rest stays
 * unknown.
 */
export function learn(link: Link, names: readonly string[]): boolean {
  const { attempts, session, state } = link;
  if (names.length === 0 || !attempts.mayRead) return false;
  if (!state.schema.mustRead(names)) {
    const settled = session.settled();
    if (settled === null) return false;
    attempts.reads();
    link.wait(settled);
    return true;
  }
  if (!canAsk(link)) return false;
  attempts.reads();
  const read = session.readChanged(names, (query) => ask(link, query));
  link.wait(
    read.then(
      (delta) => state.schema.taken(delta),
      // What could not be read stays unread, and the command is decided without it.
      () => undefined,
    ),
  );
  return true;
}

/** Not inside a pipeline, because an error would skip the client's messages, and not if names arrive in another encoding. */
function canAsk({ conversation, pipeline, state }: Link): boolean {
  return (
    pipeline.quiet &&
    !conversation.inPipeline &&
    state.transaction.status !== 'failed' &&
    !state.settings.foreign
  );
}

async function ask(link: Link, query: string): Promise<string> {
  if (!canAsk(link)) throw new GatewayError('internal-error', 'the session cannot be asked now');
  if (link.state.transaction.status === 'idle') return valueOf(await put(link, [SETTINGS], query, []));
  const name = `"${link.names.own}"`;
  const back = [`ROLLBACK TO SAVEPOINT ${name}`, `RELEASE SAVEPOINT ${name}`];
  const reading = await put(link, [`SAVEPOINT ${name}`, SETTINGS], query, back);
  // The target has skipped the rollback to the savepoint.
  if (reading.failed) await put(link, back, null, []);
  return valueOf(reading);
}

function valueOf({ value, failed }: Reading): string {
  if (failed || value === null) throw new GatewayError('internal-error', 'the schema could not be read');
  return value;
}

/** Statements before and after the query, all in one message; their answers are ignored. */
function put(
  { names, pipeline, question, toUpstream }: Link,
  before: readonly string[],
  query: string | null,
  after: readonly string[],
): Promise<Reading> {
  return new Promise((resolve) => {
    question.asks({ kind: 'schema', value: null, failed: false, ended: resolve });
    for (const text of [...before, query, ...after]) {
      if (text === null) continue;
      pipeline.pushQuestion(text !== query);
      toUpstream.write(encodeOwnQuery(names.own, text));
    }
    pipeline.push({ kind: 'sync', own: true, doubtful: false });
    toUpstream.write(SYNC);
    toUpstream.flush();
  });
}
