/**
 * The engine of `prisma migrate` without its command line, which downloads the engine as a program: the same engine is in a
 * package as WebAssembly, with node-postgres below it.
 *
 *     node engine.mjs deploy | status | reset
 *
 * Reading the schema back is beyond this adapter, which has no columns of the type "char".
 */
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';

const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLROOTCERT } = process.env;

const file = createRequire(import.meta.url)
  .resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  .replace(/\.js$/, '.wasm');
const { instance } = await WebAssembly.instantiate(readFileSync(file), { './schema_engine_bg.js': bindings });
bindings.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start();

const schema = { files: [{ path: 'schema.prisma', content: readFileSync('schema.prisma', 'utf8') }] };
const filters = { externalTables: [], externalEnums: [] };
const connection = {
  host: PGHOST,
  port: Number(PGPORT),
  user: PGUSER,
  password: PGPASSWORD,
  database: PGDATABASE,
  ssl: { ca: readFileSync(PGSSLROOTCERT, 'utf8') },
};
const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(connection));
const datamodels = schema.files.map(({ path, content }) => [path, content]);
const engine = await bindings.SchemaEngine.new({ datamodels }, () => undefined, adapter);

const migrationsList = {
  baseDir: 'migrations',
  lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
  shadowDbInitScript: '',
  migrationDirectories: readdirSync('migrations')
    .sort()
    .map((path) => {
      const value = readFileSync(join('migrations', path, 'migration.sql'), 'utf8');
      return { path, migrationFile: { path: 'migration.sql', content: { tag: 'ok', value } } };
    }),
};

const commands = {
  deploy: () => engine.applyMigrations({ migrationsList, filters }),
  status: () => engine.diagnoseMigrationHistory({ migrationsList, filters, optInToShadowDatabase: false }),
  push: () => engine.schemaPush({ force: false, schema, filters }),
  pull: () =>
    engine.introspect({
      schema,
      baseDirectoryPath: '.',
      force: true,
      compositeTypeDepth: 0,
      namespaces: null,
    }),
  reset: () => engine.reset({ filter: filters }),
};

try {
  console.log(JSON.stringify(await commands[process.argv[2]]()));
  process.exit(0);
} catch (error) {
  console.error(`ERROR: ${error.message}`, error);
  process.exit(1);
}
