const { readFileSync } = require('node:fs');
const { DataSource, EntitySchema } = require('typeorm');

const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLROOTCERT } = process.env;

const Account = new EntitySchema({
  name: 'Account',
  tableName: 'accounts',
  columns: {
    id: { type: 'bigint', primary: true, generated: 'increment' },
    name: { type: 'text' },
    slug: { type: 'text', unique: true },
    made: { type: 'timestamptz', createDate: true },
    kind: { type: 'enum', enum: ['home', 'work'], default: 'work' },
  },
});

const Label = new EntitySchema({
  name: 'Label',
  tableName: 'labels',
  columns: {
    id: { type: 'uuid', primary: true, generated: 'uuid' },
    label: { type: 'varchar', length: 40 },
    account_id: { type: 'bigint' },
  },
  relations: { account: { type: 'many-to-one', target: 'Account', joinColumn: { name: 'account_id' } } },
});

exports.default = new DataSource({
  type: 'postgres',
  host: PGHOST,
  port: Number(PGPORT),
  username: PGUSER,
  password: PGPASSWORD,
  database: PGDATABASE,
  ssl: { ca: readFileSync(PGSSLROOTCERT, 'utf8') },
  entities: [Account, Label],
  migrations: ['migrations.cjs'],
});
