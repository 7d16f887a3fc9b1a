const { readFileSync } = require('node:fs');

const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLROOTCERT } = process.env;

const connection = {
  host: PGHOST,
  port: Number(PGPORT),
  user: PGUSER,
  password: PGPASSWORD,
  database: PGDATABASE,
  ssl: { ca: readFileSync(PGSSLROOTCERT, 'utf8') },
};

module.exports = { dialect: 'postgresql', out: './migrations', schema: './schema.cjs', dbCredentials: connection };
