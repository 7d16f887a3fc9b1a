/** Whatever a client says, in whatever order: it hears what the server would have said, message by message. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startPostgresProxy } from '../../proxy/postgres/proxy.js';
import type { PostgresProxy } from '../../proxy/postgres/proxy.js';
import { decodeReport, decodeRowDescription } from '../../proxy/postgres/backend-codec.js';
import { fakeDoor } from '../proxy/postgres/fake-session.js';
import { say, WireClient } from '../proxy/postgres/wire-client.js';
import type { Heard } from '../proxy/postgres/wire-client.js';
import { bootPostgres } from '../support/postgres.js';
import type { PostgresServer } from '../support/postgres.js';
import { anyConversation } from './postgres-messages.js';
import type { MakeMessage } from './postgres-messages.js';

let server: PostgresServer;
let proxy: PostgresProxy;

beforeAll(async () => {
  server = await bootPostgres({ auth: 'trust' });
  await server.query('CREATE TABLE deferred (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)');
  const { host, port, user, password } = server;
  const upstream = { host, port, user, password, database: 'postgres', tls: { kind: 'off' as const } };
  proxy = await startPostgresProxy({
    gateway: fakeDoor(upstream, { deny: /forbidden/ }),
    host,
    port: 0,
    tls: null,
  });
});

afterAll(async () => {
  await proxy.close();
  await server.stop();
});

/** An error of the server in the place of each refusal. */
const AN_ERROR = 'SELECT no_such_column';
const FORBIDDEN = 'SELECT 1 /* forbidden */';

/**
 * Codes that stand for the same here: what is refused is an error of the server's when it is asked directly, and in a failed
 * transaction another one. A portal that outlived its transaction is an internal error of the server, and unknown to us.
 */
const KIN = [
  ['42501', '42703', '42883', '25P02'],
  ['34000', '26000', 'XX000'],
];

/** Of errors and notices the code, of what is laid out the fields. All else is compared as it came. */
function told({ type, bytes }: Heard): string {
  if (type === 'A') return 'A';
  if (type === 'T') return `T ${JSON.stringify(layout(bytes))}`;
  if (type !== 'E' && type !== 'N') return `${type} ${bytes.toString('hex', 5)}`;
  const code = decodeReport(bytes, 0, bytes.length).get('C') ?? '';
  return `${type} ${KIN.find((codes) => codes.includes(code))?.[0] ?? code}`;
}

/** Of a temporary table the oid is another in each session. */
function layout(bytes: Buffer): unknown {
  const fields = decodeRowDescription(bytes, 0, bytes.length);
  return fields.map(({ name, typeOid, attributeNumber, format }) => [name, typeOid, attributeNumber, format]);
}

async function talk(
  client: WireClient,
  messages: readonly MakeMessage[],
  refused: string,
): Promise<readonly string[]> {
  await client.ask([say.query('CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1), (0)')]);
  client.heard.length = 0;
  // What is left of a COPY is ended, or the server has nobody to talk to.
  client.send(...messages.map((make) => make(refused)), say.copyFail('the end'), say.sync(), say.terminate());
  // Who is not answered any more has heard less than is due.
  const watchdog = setTimeout(() => client.end(), 15_000);
  await client.until(() => false);
  clearTimeout(watchdog);
  return client.heard.map(told);
}

test('any conversation is answered as the server answers one with errors', async () => {
  await fc.assert(
    fc.asyncProperty(anyConversation, async (messages) => {
      const one = await WireClient.start(proxy.port, 'ci', 'orders');
      const other = await WireClient.start(server.port, 'postgres', 'postgres');
      const said = messages.map((make) =>
        make('REFUSED')
          .toString('latin1')
          .replaceAll(/[\0-\x1f]/g, '.'),
      );
      const [heard, due] = [await talk(one, messages, FORBIDDEN), await talk(other, messages, AN_ERROR)];
      expect({ said, heard }).toEqual({ said, heard: due });
    }),
    { numRuns: Number(process.env['STEPS_RUNS'] ?? 150) },
  );
}, 3_600_000);
