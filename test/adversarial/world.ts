/**
 * What every case is tried in: one PostgreSQL 18, one gateway, one set of rules. The server writes down every text that
 * reaches it, and can be asked, past the gateway, whether anything was changed.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { Catalogue } from '../../src/facts/sql/catalogue/catalogue.js';
import { targetStream } from '../../proxy/postgres/login/target-stream.js';
import { readCatalogue } from '../../src/targets/postgres/read-catalogue.js';
import { bootHouse, SHOP, type House } from '../support/gateway.js';
import type { PostgresServer } from '../support/postgres.js';
import { WireClient } from '../proxy/postgres/wire-client.js';
import type { Case } from './case.js';
import { RULES } from './engine-run.js';

const OBJECTS = readFileSync('test/adversarial/objects.sql', 'utf8');

/** What the gateway asks of the server by itself. */
export const OWN = /^(SELECT pg_catalog\.json_build_object\(\n {2}'path'|SHOW search_path$)/;

export interface World {
  readonly house: House;
  readonly catalogue: Catalogue;
  /** A client of the gateway, let in. */
  enter(group: Case['as'], start: Case['start']): Promise<WireClient>;
  /** A client of the server itself: of the database behind the gateway, or of `control`, which is the same and nobody's. */
  direct(database: 'shop' | 'control', start: Case['start']): Promise<WireClient>;
  /** Everything that a case might change, in one text. */
  state(): Promise<string>;
  /** Remembers where the server's log ends now; what is asked for later are the texts after that of one server process. */
  log(): { texts(processId: number): readonly string[] };
  stop(): Promise<void>;
}

export async function bootWorld(): Promise<World> {
  const groups = ['reader', 'writer', 'operator'];
  const house = await bootHouse({ 'corpus.rules': RULES }, groups, OBJECTS);
  const { server } = house;
  await openDoor(server);
  await server.query('CREATE DATABASE control');
  await server.query(SHOP + OBJECTS, 'control');
  // Parse and Bind are logged too, not only what runs.
  await server.query('ALTER DATABASE shop SET log_min_duration_statement = 0');
  const tokens = new Map<string, string>();
  for (const group of groups) tokens.set(group, await house.oidc.tokenFor(group));
  const watcher = await server.connect('shop');
  const { host, port, user, password } = server;
  const login = { host, port, user, password, database: 'shop', tls: { kind: 'off' as const } };
  return {
    house,
    catalogue: await readCatalogue(login, targetStream),
    enter: (group, start) => WireClient.start(house.port, 'ci', 'orders', start, tokens.get(group)),
    direct: (database, start) => WireClient.start(port, user, database, start),
    state: () => stateOf(watcher),
    log: () => logAfter(join(server.folder, 'server.log')),
    stop: async () => {
      await watcher.end();
      await house.stop();
    },
  };
}

/** The wire client of the tests knows no SCRAM. */
async function openDoor(server: PostgresServer): Promise<void> {
  const hba = join(server.folder, 'data', 'pg_hba.conf');
  await writeFile(hba, (await readFile(hba, 'utf8')).replaceAll('scram-sha-256', 'trust'));
  await server.query('SELECT pg_reload_conf()');
}

/** Rows of every table, and the catalogues that DDL, grants, large objects and settings change. */
const STATE = `
  SELECT string_agg(part, E'\\n') AS state FROM (
    SELECT relname || ' ' || (xpath('/row/md5/text()', query_to_xml(
             format('SELECT md5(string_agg(t::text, '','' ORDER BY t::text)) AS md5 FROM ONLY %s t', oid::regclass),
             true, true, '')))[1]::text AS part
      FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace IN ('public'::regnamespace, 'vault'::regnamespace)
    UNION ALL SELECT 'relations ' || md5(string_agg(c::text, ',' ORDER BY oid)) FROM (
      SELECT oid, relname, relnamespace, relowner, relacl, relrowsecurity, relkind FROM pg_class WHERE relpersistence = 'p') c
    UNION ALL SELECT 'functions ' || md5(string_agg(prosrc || proname || proacl::text, ',' ORDER BY oid)) FROM pg_proc
    UNION ALL SELECT 'roles ' || md5(string_agg(r::text, ',' ORDER BY rolname)) FROM pg_authid r
    UNION ALL SELECT 'settings ' || count(*) || coalesce(string_agg(setconfig::text, ','), '') FROM pg_db_role_setting
    UNION ALL SELECT 'files ' || count(*) FROM pg_file_settings
    UNION ALL SELECT 'objects ' || count(*) FROM pg_largeobject_metadata
    UNION ALL SELECT 'descriptions ' || count(*) FROM pg_description
    UNION ALL SELECT 'sequences ' || md5(string_agg(s::text, ',' ORDER BY s.schemaname, s.sequencename)) FROM pg_sequences s
    UNION ALL SELECT 'others ' || (SELECT count(*) FROM pg_trigger) || ' ' || (SELECT count(*) FROM pg_rewrite) || ' '
      || (SELECT count(*) FROM pg_type) || ' ' || (SELECT count(*) FROM pg_operator) || ' '
      || (SELECT count(*) FROM pg_extension) || ' ' || (SELECT count(*) FROM pg_foreign_server) || ' '
      || (SELECT count(*) FROM pg_replication_slots) || ' ' || (SELECT count(*) FROM pg_event_trigger) || ' '
      || (SELECT count(*) FROM pg_prepared_xacts) || ' ' || (SELECT count(*) FROM pg_publication)) AS parts`;

async function stateOf(watcher: pg.Client): Promise<string> {
  const { rows } = await watcher.query<{ state: string }>(STATE);
  return rows[0]!.state;
}

/** `12345 postgres shop LOG:  statement: …`, then lines that begin with a tab, which no text can make begin otherwise. */
const ENTRY = /^(\d+) \S+ \S+ (LOG|ERROR|FATAL|STATEMENT|CONTEXT|DETAIL|HINT|WARNING):  (.*)$/;
/** What stands before the text of a client. */
const LEAD =
  /^(?:statement|execute [^:]*|duration: [\d.]+ ms(?:  (?:statement|plan|parse|bind|execute(?: fetch from)?)(?: [^:]*)?)?)(?:: |$)/;

function logAfter(path: string): { texts(processId: number): readonly string[] } {
  const file = openSync(path, 'r');
  const from = fstatSync(file).size;
  return {
    texts: (processId) => {
      const bytes = Buffer.alloc(fstatSync(file).size - from);
      readSync(file, bytes, 0, bytes.length, from);
      closeSync(file);
      return textsOf(bytes.toString('utf8'), processId);
    },
  };
}

function textsOf(log: string, processId: number): string[] {
  const texts: string[] = [];
  let open = false;
  for (const line of log.split('\n')) {
    if (line.startsWith('\t')) {
      if (open) texts.push(`${texts.pop()!}\n${line.slice(1)}`);
      continue;
    }
    const [, process, kind, rest] = ENTRY.exec(line) ?? [];
    open = Number(process) === processId && (kind === 'STATEMENT' || (kind === 'LOG' && LEAD.test(rest!)));
    if (open) texts.push(kind === 'STATEMENT' ? rest! : rest!.replace(LEAD, ''));
  }
  return texts.filter((text) => text !== '');
}
