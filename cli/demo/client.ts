/** The client that the sample pipeline uses: `psql` if it is installed, otherwise node-postgres. */
import { execFile } from 'node:child_process';
import pg from 'pg';

export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly token: string;
}

export interface SqlClient {
  readonly name: string;
  /** Everything that the client printed, errors too: they are part of the story. */
  run(login: Login, sql: string): Promise<string>;
}

const TIMEOUT_MS = 30_000;

export async function chooseClient(): Promise<SqlClient> {
  const version = await execute('psql', ['--version'], {});
  return version.code === 0
    ? { name: 'psql', run: withPsql }
    : { name: 'node-postgres', run: withNodePostgres };
}

async function withPsql(login: Login, sql: string): Promise<string> {
  const { host, port, database, user, token } = login;
  const env = { PGHOST: host, PGPORT: String(port), PGDATABASE: database, PGUSER: user, PGPASSWORD: token };
  const { text } = await execute('psql', ['-X', '-P', 'pager=off', '-c', sql], env);
  return text.trimEnd();
}

function execute(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number; readonly text: string }> {
  return new Promise((done) => {
    const options = { env: { ...process.env, ...env }, timeout: TIMEOUT_MS };
    execFile(program, args, options, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : 1, text: `${stdout}${stderr}` });
    });
  });
}

async function withNodePostgres(login: Login, sql: string): Promise<string> {
  const { token: password, ...place } = login;
  const client = new pg.Client({ ...place, password, query_timeout: TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { command, rowCount, fields, rows } = await client.query<unknown[]>({
      text: sql,
      rowMode: 'array',
    });
    if (fields.length === 0) return `${command} ${rowCount ?? ''}`.trimEnd();
    const lines = [fields.map(({ name }) => name), ...rows.map((row) => row.map(String))];
    return lines.map((line) => ` ${line.join(' | ')}`).join('\n');
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return [
      `ERROR:  ${error.message}`,
      ...(error.detail === undefined ? [] : [`DETAIL:  ${error.detail}`]),
    ].join('\n');
  } finally {
    await client.end();
  }
}
