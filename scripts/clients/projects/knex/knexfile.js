const { readFileSync } = require('node:fs');

const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLROOTCERT } = process.env;

module.exports = {
  client: 'pg',
  connection: {
    host: PGHOST,
    port: Number(PGPORT),
    user: PGUSER,
    password: PGPASSWORD,
    database: PGDATABASE,
    ssl: { ca: readFileSync(PGSSLROOTCERT, 'utf8') },
  },
  migrations: { directory: './migrations', loadExtensions: ['.cjs'] },
};
