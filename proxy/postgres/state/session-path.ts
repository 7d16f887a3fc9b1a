/**
 * Reads the search path back from the target, on the client's own connection, if something may have changed it.
 *
 * If a snapshot does no harm, the server is asked to resolve the setting. At the beginning of a transaction a snapshot would do
 * harm: SET TRANSACTION must come before it, and it fixes what REPEATABLE READ sees. There SHOW, which takes no snapshot,
 * returns the setting as written, and only schemas that are known to exist are accepted.
 */
import type { SessionUser } from '../../../src/facts/sql/scope/analysis.js';
import type { SqlSession } from './sql-session.js';
import type { ServerState } from './server-state.js';
import { isReadable } from './session-settings.js';
import type { TextMeaning } from './text-settings.js';

export interface PathQuery {
  readonly kind: 'exact' | 'setting';
  readonly text: string;
}

/**
 * Every name is qualified and there is no operator, so the session's own path cannot replace them. If the path names a
 * temporary schema that does not exist yet, resolving it would create it.
 */
const exactQuery = (
  user: string,
  session: string,
  schemas: string,
): string => `SELECT pg_catalog.json_build_object(
  'path', CASE WHEN pg_catalog.oideq(pg_catalog.pg_my_temp_schema(), 0)
      AND pg_catalog.texticlike(pg_catalog.current_setting('search_path'), '%pg_temp%')
    THEN NULL ELSE pg_catalog.current_schemas(false) END,
  'user', ${user},
  'session', ${session},
  'strings', pg_catalog.current_setting('standard_conforming_strings'),
  'encoding', pg_catalog.current_setting('client_encoding'),
  'database', pg_catalog.pg_relation_filepath(1259),
  'prepared', (SELECT pg_catalog.json_agg(name) FROM pg_catalog.pg_prepared_statement() WHERE from_sql),
  'schemas', ${schemas})`;

const EXACT = exactQuery(
  'CURRENT_USER',
  'SESSION_USER',
  `(SELECT pg_catalog.json_agg(nspname) FROM pg_catalog.pg_namespace
     WHERE pg_catalog.has_schema_privilege(oid, 'USAGE'))`,
);
/** Names that the client's encoding may not be able to represent are left out: sending them would be an error. */
const plain = (name: string): string =>
  `CASE WHEN pg_catalog.textregexeq(${name}::pg_catalog.text, '^[ -~]+$') THEN ${name} END`;
const FOLLOWED = exactQuery(
  plain('CURRENT_USER'),
  plain('SESSION_USER'),
  `(SELECT pg_catalog.json_agg(${plain('nspname')}) FROM pg_catalog.pg_namespace
     WHERE pg_catalog.nameeq(nspname, CURRENT_USER) AND pg_catalog.has_schema_privilege(oid, 'USAGE'))`,
);

export function pathQuery({ settings, transaction }: ServerState): PathQuery {
  return transaction.expected === 'idle' || transaction.snapshot
    ? { kind: 'exact', text: settings.followed ? FOLLOWED : EXACT }
    : { kind: 'setting', text: 'SHOW search_path' };
}

export interface PathAnswer extends TextMeaning {
  /** Names of statements made by PREPARE; null if they are not known. */
  readonly prepared: ReadonlySet<string> | null;
  /** The database's `pg_class` path, which shows where the server keeps it; null if it did not say. */
  readonly database: string | null;
  /** Why the session cannot go on. */
  readonly complaint: string | null;
}

/** What the server has reported about itself. */
export class PathReader {
  readonly #state: SqlSession['sessionState'];
  #user: SessionUser | null = null;
  /** For sessions that may change their role: who it was when first asked. */
  #first: SessionUser | 'not told' | null = null;
  #schemas: ReadonlySet<string> = new Set();

  constructor(state: SqlSession['sessionState']) {
    this.#state = state;
  }

  read(query: PathQuery, bytes: Buffer): PathAnswer {
    const answer = bytes.toString('utf8');
    if (query.kind === 'setting') {
      // Another role has another `$user` and may lack the right to use the same schemas.
      const path = this.#state === 'fixed' ? this.#fromSetting(answer) : null;
      const open = this.#state === 'followed';
      const user = this.#user;
      return { path, escapes: open, foreign: open, user, prepared: null, database: null, complaint: null };
    }
    const said = JSON.parse(answer) as {
      readonly path: readonly string[] | null;
      readonly user: string | null;
      readonly session: string | null;
      readonly strings: string;
      readonly encoding: string;
      readonly database: string | null;
      readonly prepared: readonly string[] | null;
      readonly schemas: readonly string[] | null;
    };
    this.#schemas = new Set(said.schemas ?? []);
    const escapes = said.strings !== 'on';
    const foreign = !isReadable(said.encoding);
    // Names beyond ASCII arrive in the client's encoding.
    const unread = foreign && bytes.some((byte) => byte > 0x7f);
    const path = unread ? null : said.path;
    const prepared = unread ? null : new Set(said.prepared ?? []);
    const { database } = said;
    const user = this.#named(said);
    if (this.#state === 'followed') {
      this.#first ??= user ?? 'not told';
      const other = user !== null && !isSame(this.#first, user) ? { ...user, other: true as const } : user;
      return { path, escapes, foreign, user: other, prepared, database, complaint: null };
    }
    const changed = this.#user !== null && !isSame(user, this.#user);
    const role = changed ? 'the role of the session was changed' : null;
    const complaint = escapes ? 'standard strings were turned off' : role;
    this.#user = user;
    return { path, escapes, foreign, user, prepared, database, complaint };
  }

  #named(said: { readonly user: string | null; readonly session: string | null }): SessionUser | null {
    const { user, session } = said;
    if (user === null || session === null) return null;
    return { current: user, session, schema: this.#schemas.has(user) };
  }

  #fromSetting(setting: string): readonly string[] | null {
    const path: string[] = [];
    for (const [, quoted, plain] of setting.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^",\s]+))\s*(?:,|$)/g)) {
      const written = quoted?.replaceAll('""', '"') ?? plain!.toLowerCase();
      // SET search_path = '' is written as an empty name, which no schema has.
      if (written === '') continue;
      if (written === '$user' && this.#user !== null) {
        if (this.#user.schema) path.push(this.#user.current);
      } else if (this.#schemas.has(written)) path.push(written);
      else return null;
    }
    return path;
  }
}

function isSame(one: SessionUser | 'not told' | null, other: SessionUser): boolean {
  return one !== null && one !== 'not told' && one.current === other.current && one.session === other.session;
}
