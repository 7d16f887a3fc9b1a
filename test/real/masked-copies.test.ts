/** COPY of what was masked, by psql and in the extended protocol; rules that allow it, what the record says, and replay. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { AuditEvent } from '../../src/audit/event.js';
import type { RecordedContext } from '../../src/protocols/sql/context.js';
import { detailOf, type House } from '../support/gateway.js';
import { bootWrites, refused, REFUSED, RESET } from './masked-write-house.js';

let house: House;
let client: pg.Client;
const clients: pg.Client[] = [];

const connect = async (group = 'anybody'): Promise<pg.Client> => {
  const connected = await house.connect(group);
  clients.push(connected);
  return connected;
};

beforeAll(async () => {
  house = await bootWrites();
}, 180_000);
afterAll(async () => {
  await house.stop();
}, 60_000);
beforeEach(async () => {
  await house.server.query(RESET, 'shop');
  client = await connect();
});
afterEach(async () => {
  for (const one of clients.splice(0)) await one.end();
});

type Row = Record<string, unknown>;

const stored = async (what = '*', table = 'people'): Promise<Row[]> =>
  await house.server.query(`SELECT ${what} FROM ${table} ORDER BY id`, 'shop');

/** Reads person 1 under the masks. */
const read = async (from = client): Promise<Row> =>
  (await from.query<Row>('SELECT * FROM people WHERE id = 1')).rows[0]!;

describe('COPY from the client', () => {
  const copyIn = async (
    group: string,
    copy: string,
    rows: string,
    first = 'SELECT email, card, contact FROM people',
  ): Promise<string> => {
    const file = join(house.folder, 'rows.txt');
    await writeFile(file, rows);
    const run = await house.psql(group, [
      '-At',
      '-c',
      first,
      '-c',
      `\\copy ${copy} from '${file}'`,
      '-c',
      'SELECT 5 + 5',
    ]);
    return `${run.stdout}${run.stderr}`;
  };

  test.each([
    ['copies (name, email)', 'a\tb\nc\t[redacted]\nd\te\n', ''],
    ['copies (name, email)', 'a\t************1111', ''],
    ['copies (name, email)', 'a,"***@example.org"\n', 'WITH (FORMAT csv)'],
    ['copies (doc)', '"{""a"": ""[redacted]""}"\n', 'WITH (FORMAT csv)'],
    ['copies (tags)', '{a,[redacted]}\n', ''],
    ['copies (name, email)', `${'x\ty\n'.repeat(200_000)}a\t[redacted]\n`, ''],
  ])('%s: refused in the middle, and nothing of it stays', async (target, rows, options) => {
    const file = join(house.folder, 'rows.txt');
    await writeFile(file, rows);
    const commands = [
      'SELECT email, card, contact FROM people',
      `\\copy ${target} from '${file}' ${options}`,
      'SELECT 5 + 5',
    ];
    const run = await house.psql('anybody', ['-At', ...commands.flatMap((command) => ['-c', command])]);
    expect(run.stderr).toContain('denied by gateway.masked_write: a row holds');
    expect(run.stderr).toContain('write only the columns that have changed');
    expect(run.stdout).toMatch(/\n10\n$/);
    expect(await stored('*', 'copies')).toEqual([]);
  });

  test('rows without any pass, and so do those of a session that was shown nothing', async () => {
    expect(await copyIn('anybody', 'copies (name, email)', 'a\tb\nc\t\\N\n')).toMatch(/COPY 2\n10\n$/);
    expect(await copyIn('anybody', 'copies (name, email)', 'a\t[redacted]\n', 'SELECT 1')).toMatch(
      /COPY 1\n10\n$/,
    );
  });

  test('a rule may allow it, and the record says so', async () => {
    expect(await copyIn('restorer', 'copies (name, email)', 'a\t[redacted]\n')).toMatch(/COPY 1\n10\n$/);
    const details = (await house.events()).map(detailOf);
    expect(details.filter((detail) => detail?.maskedRows === true)).toHaveLength(1);
  });

  test('the record of a refusal says why, and quotes nothing', async () => {
    await copyIn('anybody', 'copies (name, email)', 'a\t[redacted]\n');
    const last = (await house.events()).findLast(
      (event) => event.kind === 'result' && event.outcome === 'error',
    );
    expect(last).toMatchObject({
      code: '42501',
      detail: { message: expect.stringContaining('gateway.masked_write') },
    });
    expect(JSON.stringify(last)).not.toContain('[redacted]');
  });
});

describe('COPY in the extended protocol', () => {
  interface Wire {
    parse(query: { text: string }): void;
    bind(): void;
    execute(): void;
    sync(): void;
    sendCopyFromChunk(chunk: Buffer): void;
    endCopyFrom(): void;
  }

  /** Parse, Bind, Execute and the rows in pieces of their own, then Sync, as a driver of COPY sends them. */
  const copyExtended = async (text: string, pieces: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      let tag = '';
      client.query({
        submit(wire: Wire) {
          wire.parse({ text });
          wire.bind();
          wire.execute();
          wire.sync();
        },
        handleCopyInResponse(wire: Wire) {
          for (const piece of pieces) wire.sendCopyFromChunk(Buffer.from(piece));
          wire.endCopyFrom();
          wire.sync();
        },
        handleCommandComplete: (message: { text: string }) => void (tag = message.text),
        handleError: reject,
        handleReadyForQuery: () => resolve(tag),
      } as unknown as pg.Submittable);
    });

  test('rows in pieces: refused, and the session goes on', async () => {
    await read();
    const copy = 'COPY copies (name, email) FROM STDIN';
    expect(await refused(copyExtended(copy, ['a\tb\nc\t[red', 'acted]\nd\te\n', 'f\tg\n']))).toMatchObject(
      REFUSED,
    );
    expect(await stored('*', 'copies')).toEqual([]);
    expect(await copyExtended(copy, ['a\tb\nc\t[red', 'act]\n'])).toBe('COPY 2');
    expect(await stored('name, email', 'copies')).toEqual([
      { name: 'a', email: 'b' },
      { name: 'c', email: '[redact]' },
    ]);
  });

  test('inside a transaction, which then fails', async () => {
    await read();
    await client.query('BEGIN');
    await client.query("INSERT INTO copies (name) VALUES ('lost')");
    const copying = copyExtended('COPY copies (name, email) FROM STDIN', ['a\t[redacted]\n']);
    expect(await refused(copying)).toMatchObject(REFUSED);
    expect((await refused(client.query('SELECT 1'))).code).toBe('25P02');
    await client.query('ROLLBACK');
    expect(await stored('*', 'copies')).toEqual([]);
  });

  test('a message of several megabytes is cut, and none of it stays', async () => {
    await read();
    const copy = 'COPY copies (name, email) FROM STDIN';
    const rows = 'x\ty\n'.repeat(300_000);
    expect(await refused(copyExtended(copy, [`${rows}a\t[redacted]\n${rows}`]))).toMatchObject(REFUSED);
    expect(await copyExtended(copy, [rows.slice(0, 400_000)])).toBe('COPY 100000');
  });
});

describe('rules can allow it', () => {
  test('by one that asks for it; what allows everything does not', async () => {
    const restorer = await connect('restorer');
    const { email } = await read(restorer);
    await restorer.query('UPDATE people SET email = $1 WHERE id = 2', [email]);
    expect((await stored('email'))[1]).toEqual({ email: '[redacted]' });
    await read();
    expect(await refused(client.query('UPDATE people SET email = $1 WHERE id = 1', [email]))).toMatchObject(
      REFUSED,
    );
    const commands = (await house.events())
      .filter(isMaskedWrite)
      .filter(({ text }) => text.includes('$1 WHERE'));
    const allowed = commands.find(({ forwarded }) => forwarded);
    const denied = commands.find(({ forwarded }) => !forwarded);
    expect(allowed!.decision.rules.map(({ id }) => id)).toContain('writes.restores');
    expect(denied!.decision.rules.map(({ id }) => id)).toContain('gateway.masked_write');
    expect((denied!.context as RecordedContext).maskedWrite).toEqual({
      reason: expect.stringContaining('parameter $1'),
    });
  });

  test('replay decides them again, by other rules', async () => {
    await read();
    await refused(client.query(`UPDATE people SET email = '[redacted]' WHERE id = 1`));
    await client.end();
    clients.splice(clients.indexOf(client), 1);
    await house.writeRulesTo(join(house.folder, 'open'), {
      'open.rules': 'package writes\nallow everything\nallow restores if sql.masked_write\n',
    });
    const same = await house.policy([
      'replay',
      join(house.folder, 'recordings'),
      '--rules',
      join(house.folder, 'rules'),
      '--format',
      'json',
    ]);
    expect(same.stderr + same.stdout).not.toContain('deny → allow');
    const open = await house.policy([
      'replay',
      join(house.folder, 'recordings'),
      '--rules',
      join(house.folder, 'open'),
      '--format',
      'json',
    ]);
    expect(open.stdout).toContain('deny → allow');
    expect(open.code).toBe(1);
  });
});

type MaskedCommand = Extract<AuditEvent, { kind: 'command' }>;

function isMaskedWrite(event: AuditEvent): event is MaskedCommand {
  return event.kind === 'command' && typeof (event.context as RecordedContext).maskedWrite === 'object';
}
