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

/** Holds pg_dump 18. */
export const PG_DUMP = 'embedded-postgres==18.6.3';

export const LIQUIBASE = ['org.liquibase:liquibase-core:4.33.0', 'info.picocli:picocli:4.7.7', PGJDBC];

export const DBT = ['dbt-core==1.10.23', 'dbt-postgres==1.10.2'];

const NODE_POSTGRES = { pg: '8.23.1' };
export const KNEX = { knex: '3.3.0', ...NODE_POSTGRES };
export const SEQUELIZE = { sequelize: '6.37.8', 'sequelize-cli': '6.6.5', ...NODE_POSTGRES };
export const TYPEORM = { typeorm: '1.1.1', ...NODE_POSTGRES };
export const DRIZZLE = { 'drizzle-orm': '0.45.4', 'drizzle-kit': '0.31.11', ...NODE_POSTGRES };
export const PRISMA = {
  '@prisma/schema-engine-wasm': '7.10.0-7.561d7b42579a2459cc8edf3788918b626c640023',
  '@prisma/adapter-pg': '7.10.0',
  '@prisma/driver-adapter-utils': '7.10.0',
};

export const SQLX = 'sqlx-cli@0.8.6';
export const SQLX_FEATURES = 'rustls,postgres';

export const PGX = 'github.com/jackc/pgx/v5@v5.8.0';
export const LIB_PQ = 'github.com/lib/pq@v1.12.3';
export const ASYNCPG = 'asyncpg==0.31.0';
export const SQLALCHEMY = ['SQLAlchemy==2.0.44', PSYCOPG];
export const PYTEST = ['pytest==8.4.2'];
/** Its tests need it. */
export const DISTRO = 'distro==1.9.0';
export const PGJDBC_PROGRAM = [PGJDBC];
export const POSTGRES_JS = { postgres: '3.4.9' };
export const PG = {
  ...NODE_POSTGRES,
  'pg-cursor': '2.22.1',
  'pg-query-stream': '4.17.0',
  'pg-copy-streams': '7.0.0',
};
