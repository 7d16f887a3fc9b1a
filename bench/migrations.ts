/** A hundred migrations such as projects have, written for each tool that runs them; half of them in its own language. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Migration {
  readonly name: string;
  readonly up: string;
  readonly down: string;
  readonly alembic: readonly [up: string, down: string];
  readonly django: string;
}

const TABLES = 25;

/** Four a table: it is made, gets a column, an index, and rows. */
export function migrations(): readonly Migration[] {
  return Array.from({ length: TABLES }, (_, index) => ofTable(index)).flat();
}

function ofTable(index: number): readonly Migration[] {
  const table = `things_${index}`;
  return [
    {
      name: `create_${table}`,
      up: `CREATE TABLE ${table} (id bigserial PRIMARY KEY, name varchar(80) NOT NULL DEFAULT '', amount integer NOT NULL DEFAULT 0);`,
      down: `DROP TABLE ${table};`,
      alembic: [
        `op.create_table("${table}", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("name", sa.String(80), nullable=False, server_default=""), sa.Column("amount", sa.Integer, nullable=False, server_default="0"))`,
        `op.drop_table("${table}")`,
      ],
      django: `migrations.CreateModel("Thing${index}", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=80, default="")), ("amount", models.IntegerField(default=0))], options={"db_table": "${table}"})`,
    },
    {
      name: `note_of_${table}`,
      up: `ALTER TABLE ${table} ADD COLUMN note text;`,
      down: `ALTER TABLE ${table} DROP COLUMN note;`,
      alembic: [
        `op.add_column("${table}", sa.Column("note", sa.Text))`,
        `op.drop_column("${table}", "note")`,
      ],
      django: `migrations.AddField("Thing${index}", "note", models.TextField(null=True))`,
    },
    {
      name: `index_of_${table}`,
      up: `CREATE INDEX ${table}_name ON ${table} (name);`,
      down: `DROP INDEX ${table}_name;`,
      alembic: [
        `op.create_index("${table}_name", "${table}", ["name"])`,
        `op.drop_index("${table}_name", table_name="${table}")`,
      ],
      django: `migrations.AddIndex("Thing${index}", models.Index(fields=["name"], name="${table}_name"))`,
    },
    rowsOf(table),
  ];
}

function rowsOf(table: string): Migration {
  const up = `INSERT INTO ${table} (name, amount) VALUES ('a', 1), ('b', 2); UPDATE ${table} SET note = name || amount;`;
  const down = `DELETE FROM ${table};`;
  return {
    name: `rows_of_${table}`,
    up,
    down,
    alembic: [`op.execute("""${up}""")`, `op.execute("""${down}""")`],
    django: `migrations.RunSQL("""${up}""", """${down}""")`,
  };
}

type Project = Readonly<Record<string, string>>;

/** From 1. */
const number = (index: number): string => String(index + 1).padStart(4, '0');

export function gooseProject(all: readonly Migration[]): Project {
  return ofEach(all, ({ name, up, down }, index) => ({
    // Goose sends a statement at a time.
    [`${number(index)}_${name}.sql`]: `-- +goose Up\n${lines(up)}\n-- +goose Down\n${lines(down)}\n`,
  }));
}

function lines(sql: string): string {
  return sql.replaceAll('; ', ';\n');
}

export function migrateProject(all: readonly Migration[]): Project {
  return ofEach(all, ({ name, up, down }, index) => ({
    [`${number(index)}_${name}.up.sql`]: up,
    [`${number(index)}_${name}.down.sql`]: down,
  }));
}

export function flywayProject(all: readonly Migration[]): Project {
  return ofEach(all, ({ name, up }, index) => ({ [`V${index + 1}__${name}.sql`]: up }));
}

export function alembicProject(all: readonly Migration[]): Project {
  const versions = ofEach(all, ({ alembic: [up, down] }, index) => ({
    [`versions/${number(index)}.py`]: `import sqlalchemy as sa
from alembic import op

revision = "${number(index)}"
down_revision = ${index === 0 ? 'None' : `"${number(index - 1)}"`}


def upgrade():
    ${up}


def downgrade():
    ${down}
`,
  }));
  return {
    ...versions,
    'script.py.mako': '',
    'alembic.ini': '[alembic]\nscript_location = .\n',
    'env.py': `import sqlalchemy as sa
from alembic import context

with sa.create_engine("postgresql+psycopg://").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`,
  };
}

export function djangoProject(all: readonly Migration[]): Project {
  const versions = ofEach(all, ({ django }, index) => ({
    [`things/migrations/m${number(index)}.py`]: `from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [${index === 0 ? '' : `("things", "m${number(index - 1)}")`}]
    operations = [${django}]
`,
  }));
  return {
    ...versions,
    'things/__init__.py': '',
    'things/migrations/__init__.py': '',
    'settings.py': `import os

SECRET_KEY = "for a benchmark"
USE_TZ = True
INSTALLED_APPS = ["things"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["PGDATABASE"],
        "HOST": os.environ["PGHOST"],
        "PORT": os.environ["PGPORT"],
        "USER": os.environ["PGUSER"],
        "PASSWORD": os.environ["PGPASSWORD"],
    }
}
`,
  };
}

function ofEach(all: readonly Migration[], files: (migration: Migration, index: number) => Project): Project {
  return Object.assign({}, ...all.map(files)) as Project;
}

export async function writeProject(folder: string, project: Project): Promise<void> {
  for (const [name, text] of Object.entries(project)) {
    const file = join(folder, name);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, text);
  }
}
