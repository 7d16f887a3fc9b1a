const { readFileSync } = require('node:fs');

const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLROOTCERT } = process.env;

const connection = {
  dialect: 'postgres',
  host: PGHOST,
  port: Number(PGPORT),
  username: PGUSER,
  password: PGPASSWORD,
  database: PGDATABASE,
  dialectOptions: { ssl: { ca: readFileSync(PGSSLROOTCERT, 'utf8') } },
  logging: false,
};

module.exports = { ...connection, development: connection };
