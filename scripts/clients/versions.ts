/** What is installed, pinned. The registries still serve all of these; a newer version is a change of this file. */

export const GOOSE = 'github.com/pressly/goose/v3/cmd/goose@v3.27.0';
/** Databases that are left out of the program: each would bring a driver along. */
export const GOOSE_TAGS = [
  'clickhouse',
  'libsql',
  'mssql',
  'mysql',
  'sqlite3',
  'vertica',
  'ydb',
  'turso',
].map((name) => `no_${name}`);
export const MIGRATE = 'github.com/golang-migrate/migrate/v4/cmd/migrate@v4.19.1';
/** Databases that are in the program. */
export const MIGRATE_TAGS = ['postgres', 'pgx5'];

const PGJDBC = 'org.postgresql:postgresql:42.7.14';
export const FLYWAY = [
  'org.flywaydb:flyway-core:10.22.0',
  'org.flywaydb:flyway-database-postgresql:10.22.0',
  PGJDBC,
];

const PSYCOPG = 'psycopg[binary]==3.3.9';
export const DJANGO = ['Django==5.2.19', PSYCOPG];
export const ALEMBIC = ['alembic==1.20.1', 'SQLAlchemy==2.1.9', PSYCOPG];
