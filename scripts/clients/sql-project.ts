/** One project's migrations in SQL, in the form of each tool that reads SQL: what is real in them is meant to be. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PostgresServer } from '../../test/support/postgres.js';
import { DATABASE } from './place.js';

export interface SqlMigration {
  readonly name: string;
  readonly up: readonly string[];
  readonly down: readonly string[];
}

export const SQL_MIGRATIONS: readonly SqlMigration[] = [
  {
    name: 'accounts',
    up: [
      `CREATE TABLE accounts (
  id bigserial PRIMARY KEY,
  name text NOT NULL,
  email text,
  created_at timestamptz NOT NULL DEFAULT now()
)`,
      'CREATE INDEX accounts_name ON accounts (name)',
      `INSERT INTO accounts (name, email) VALUES ('Ada', 'ada.one@example.com'), ('Bo', 'bo.two@example.com'), ('Cy', NULL)`,
    ],
    down: ['DROP TABLE accounts'],
  },
  {
    // A column is added, filled from another and made mandatory in one transaction.
    name: 'slugs',
    up: [
      'ALTER TABLE accounts ADD COLUMN slug text',
      `UPDATE accounts SET slug = coalesce(slug, lower(name) || '-' || id)`,
      'ALTER TABLE accounts ALTER COLUMN slug SET NOT NULL',
      'CREATE UNIQUE INDEX accounts_slug ON accounts (slug)',
    ],
    down: ['ALTER TABLE accounts DROP COLUMN slug'],
  },
  {
    // Rows move to a table of their own.
    name: 'contacts',
    up: [
      `CREATE TABLE contacts (
  id bigserial PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  email text NOT NULL
)`,
      'INSERT INTO contacts (account_id, email) SELECT id, email FROM accounts WHERE email IS NOT NULL',
      'ALTER TABLE accounts DROP COLUMN email',
      `CREATE VIEW account_contacts AS
  SELECT a.slug, c.email FROM accounts a JOIN contacts c ON c.account_id = a.id`,
      `COMMENT ON TABLE contacts IS 'How to reach an account'`,
      'CREATE TABLE contact_copies AS SELECT * FROM contacts',
    ],
    down: [
      'DROP TABLE contact_copies',
      'DROP VIEW account_contacts',
      'ALTER TABLE accounts ADD COLUMN email text',
      'UPDATE accounts a SET email = c.email FROM contacts c WHERE c.account_id = a.id',
      'DROP TABLE contacts',
    ],
  },
  {
    name: 'labels',
    up: [
      `CREATE TYPE label_kind AS ENUM ('open', 'closed')`,
      `CREATE TABLE labels (
  id uuid PRIMARY KEY DEFAULT uuid_generate_v4(),
  kind label_kind NOT NULL DEFAULT 'open',
  label text NOT NULL
)`,
      'INSERT INTO labels (label) SELECT lower(name) FROM accounts',
    ],
    down: ['DROP TABLE labels', 'DROP TYPE label_kind'],
  },
  {
    name: 'history',
    up: [
      'CREATE TABLE history (account_id bigint NOT NULL, was text, at timestamptz NOT NULL DEFAULT now())',
      `CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO history (account_id, was) VALUES (old.id, old.name);
  RETURN new;
END $$`,
      'CREATE TRIGGER accounts_history BEFORE UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION keep_history()',
    ],
    down: ['DROP TRIGGER accounts_history ON accounts', 'DROP FUNCTION keep_history()', 'DROP TABLE history'],
  },
  {
    // On its own: under a mask, the effect of a trigger that the same text creates is unknown.
    name: 'capitals',
    up: ['UPDATE accounts SET name = upper(name)'],
    down: ['UPDATE accounts SET name = initcap(name)'],
  },
];

/** The server's administrator creates extensions before any migration. */
export async function arrangeExtensions(server: PostgresServer): Promise<void> {
  await server.query('CREATE EXTENSION "uuid-ossp"', DATABASE);
}

export type SqlFiles = (migration: SqlMigration, number: number) => Readonly<Record<string, string>>;

/** Writes the migrations as a tool wants them, numbered from 1. */
export async function writeSqlProject(
  folder: string,
  filesOf: SqlFiles,
  migrations: readonly SqlMigration[] = SQL_MIGRATIONS,
): Promise<void> {
  for (const [index, migration] of migrations.entries()) {
    for (const [name, text] of Object.entries(filesOf(migration, index + 1))) {
      const file = join(folder, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  }
}

export function script(statements: readonly string[]): string {
  return statements.map((statement) => `${statement};\n`).join('\n');
}
