/** Whatever a client says, in whatever order: it hears what the server would have said, message by message. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startPostgresProxy } from '../../proxy/postgres/proxy.js';
import type { PostgresProxy } from '../../proxy/postgres/proxy.js';
import { decodeReport, decodeRowDescription } from '../../proxy/postgres/wire/backend-codec.js';
import { fakeGateway } from '../proxy/postgres/fake-session.js';
import { say, WireClient } from '../proxy/postgres/wire-client.js';
import type { Heard } from '../proxy/postgres/wire-client.js';
import { bootPostgres } from '../support/postgres.js';
import type { PostgresServer } from '../support/postgres.js';
import { anyConversation } from './postgres-messages.js';
import type { MakeMessage, Refused } from './postgres-messages.js';

let server: PostgresServer;
let proxy: PostgresProxy;

beforeAll(async () => {
  server = await bootPostgres({ auth: 'trust' });
  await server.query('CREATE TABLE deferred (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)');
  const { host, port, user, password } = server;
  const upstream = { host, port, user, password, database: 'postgres', tls: { kind: 'off' as const } };
  proxy = await startPostgresProxy({
    gateway: fakeGateway(upstream, { deny: /forbidden/, denyValue: 666 }),
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
const AN_ERROR: Refused = { text: 'SELECT no_such_column', value: 'no number' };
const FORBIDDEN: Refused = { text: 'SELECT 1 /* forbidden */', value: '666' };

/** Of errors and notices the code, of what is laid out the fields. All else is compared as it came. */
function told({ type, bytes }: Heard): string {
  if (type === 'A') return 'A';
  if (type === 'T') return `T ${JSON.stringify(layout(bytes))}`;
  if (type !== 'E' && type !== 'N') return `${type} ${bytes.toString('hex', 5)}`;
  const code = decodeReport(bytes, 0, bytes.length).get('C') ?? '';
  return `${type} ${code}`;
}

/** Of a temporary table the oid is another in each session. */
function layout(bytes: Buffer): unknown {
  const fields = decodeRowDescription(bytes, 0, bytes.length);
  return fields.map(({ name, typeOid, attributeNumber, format }) => [name, typeOid, attributeNumber, format]);
}

/** Of so many bytes each, the rest in one. What comes in one piece may be read in several, and the other way round. */
async function sendInPieces(client: WireClient, bytes: Buffer, pieces: readonly number[]): Promise<void> {
  let at = 0;
  for (const piece of pieces) {
    client.send(bytes.subarray(at, at + piece));
    at += piece;
    if (at >= bytes.length) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  client.send(bytes.subarray(at));
}

async function talk(
  client: WireClient,
  messages: readonly MakeMessage[],
  refused: Refused,
  pieces: readonly number[],
): Promise<readonly string[]> {
  await client.ask([say.query('CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1), (0)')]);
  client.heard.length = 0;
  // What is left of a COPY is ended, or the server has nobody to talk to.
  const end = [say.copyFail('the end'), say.sync(), say.terminate()];
  await sendInPieces(client, Buffer.concat([...messages.map((make) => make(refused)), ...end]), pieces);
  // Who is not answered any more has heard less than is due.
  const watchdog = setTimeout(() => client.end(), 15_000);
  await client.until(() => false);
  clearTimeout(watchdog);
  return client.heard.map(told);
}

/**
 * A Query behind a COPY of the extended protocol, without a Sync between them, leaves the server's transaction in disorder:
 * `StartTransactionCommand: unexpected state STARTED` is said later, or nothing of it.
 */
function isConfusing(said: readonly string[]): boolean {
  let copied = false;
  return said.some((message) => {
    if (message.startsWith('S')) copied = false;
    if (message.startsWith('P') && message.includes('COPY')) copied = true;
    return copied && message.startsWith('Q');
  });
}

const REFUSALS: ReadonlySet<string> = new Set(['E 42501', 'E 34000', 'E 08P01']);

const inPieces = fc.oneof(fc.constant([]), fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 20 }));

test('any conversation is answered as the server answers one with errors', async () => {
  await fc.assert(
    fc.asyncProperty(anyConversation, inPieces, async (messages, pieces) => {
      const one = await WireClient.start(proxy.port, 'ci', 'orders');
      const other = await WireClient.start(server.port, 'postgres', 'postgres');
      const said = messages.map((make) =>
        make({ text: 'REFUSED', value: 'REFUSED' })
          .toString('latin1')
          .replaceAll(/[\0-\x1f]/g, '.'),
      );
      const [heard, due] = [
        await talk(one, messages, FORBIDDEN, pieces),
        await talk(other, messages, AN_ERROR, pieces),
      ];
      fc.pre(!isConfusing(said) && ![...due, ...heard].includes('E XX000'));
      // A refusal stands for an error of the server, whichever that would be; so does a portal that is not known here, and a
      // message that cannot be read, which the server reads up to what it does not like.
      const same = due.map((it, index) => {
        const code = it.startsWith('E ') ? heard[index] : undefined;
        return code !== undefined && REFUSALS.has(code) ? code : it;
      });
      expect({ said, heard }).toEqual({ said, heard: same });
    }),
    { numRuns: Number(process.env['STEPS_RUNS'] ?? 150) },
  );
}, 3_600_000);
