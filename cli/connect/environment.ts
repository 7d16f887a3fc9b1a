/** How programs learn where to connect: the variables that clients, frameworks and migration tools read. */

export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The listener's password: valid on this machine, while the listener runs. */
  readonly password: string;
  readonly database: string;
}

/** Each of these would send libpq elsewhere, or make it ask for TLS or authentication that the listener does not offer. */
const IN_THE_WAY = [
  'PGCHANNELBINDING',
  'PGHOSTADDR',
  'PGPASSFILE',
  'PGREQUIREAUTH',
  'PGREQUIREPEER',
  'PGREQUIRESSL',
  'PGSERVICE',
  'PGSERVICEFILE',
  'PGSSLCERT',
  'PGSSLCERTMODE',
  'PGSSLCRL',
  'PGSSLCRLDIR',
  'PGSSLKEY',
  'PGSSLNEGOTIATION',
  'PGSSLROOTCERT',
];

/** The listener is on this machine: TLS begins behind it. */
export function variablesOf({
  host,
  port,
  user,
  password,
  database,
}: Login): Readonly<Record<string, string>> {
  const [name, secret, path] = [user, password, database].map(encodeURIComponent);
  const jdbc = `jdbc:postgresql://${host}:${port}/${path}?sslmode=disable`;
  return {
    // libpq, and everything built on its variables: psql, node-postgres, psycopg, pgx, Npgsql …
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGSSLMODE: 'disable',
    PGGSSENCMODE: 'disable',
    // Rails, Django, Prisma, SQLAlchemy, golang-migrate …
    DATABASE_URL: `postgresql://${name}:${secret}@${host}:${port}/${path}?sslmode=disable`,
    // Java: the convention of hosting platforms puts all in one URL; the others keep the password apart, because they log the
    // URL.
    JDBC_DATABASE_URL: `${jdbc}&user=${name}&password=${secret}`,
    JDBC_DATABASE_USERNAME: user,
    JDBC_DATABASE_PASSWORD: password,
    SPRING_DATASOURCE_URL: jdbc,
    SPRING_DATASOURCE_USERNAME: user,
    SPRING_DATASOURCE_PASSWORD: password,
    FLYWAY_URL: jdbc,
    FLYWAY_USER: user,
    FLYWAY_PASSWORD: password,
    LIQUIBASE_COMMAND_URL: jdbc,
    LIQUIBASE_COMMAND_USERNAME: user,
    LIQUIBASE_COMMAND_PASSWORD: password,
  };
}

/** The environment of the command: `secrets` are the variables that give access to a token, which it does not need. */
export function environmentOf(
  own: NodeJS.ProcessEnv,
  login: Login,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  const out = new Set([...IN_THE_WAY, ...secrets]);
  const kept = Object.entries(own).filter(
    (entry): entry is [string, string] => !out.has(entry[0]) && entry[1] !== undefined,
  );
  return { ...Object.fromEntries(kept), ...variablesOf(login) };
}

/** Lines to paste into a POSIX shell. */
export function exportsOf(login: Login): readonly string[] {
  const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  return Object.entries(variablesOf(login)).map(([name, value]) => `export ${name}=${quoted(value)}`);
}
