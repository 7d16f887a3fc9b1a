/**
 * The `options` of a start-up packet as a real server reads them: whatever setting it takes from a text, the gateway has
 * seen it there, with the same value.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readStartupOptions } from '../../proxy/postgres/wire/startup-options.js';
import { version } from '../proxy/postgres/bare-socket.js';
import { rows, say, WireClient } from '../proxy/postgres/wire-client.js';
import { bootPostgres } from '../support/postgres.js';
import type { PostgresServer } from '../support/postgres.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await bootPostgres({ auth: 'trust' });
}, 60_000);
afterAll(() => server.stop(), 30_000);

/** What the server makes of `options`: the values of t.a and t.b_c; null where it does not let the client in. */
async function serverReads(options: string): Promise<readonly (string | null)[] | null> {
  const client = await WireClient.open(server.port);
  client.send(version(3, 0, ['user', 'postgres', 'database', 'postgres', 'options', options]));
  await client.until(() => client.heard.some(({ type }) => type === 'Z' || type === 'E'));
  if (client.closed || client.heard.some(({ type }) => type === 'E')) {
    client.end();
    return null;
  }
  const heard = await client.ask([
    say.query("SELECT current_setting('t.a', true), current_setting('t.b_c', true)"),
  ]);
  client.end();
  return rows(heard)[0]!;
}

function gatewayReads(options: string): readonly (string | null)[] {
  const { settings } = readStartupOptions(options);
  const last = (wanted: string): string | null =>
    settings.findLast(({ name }) => name.toLowerCase() === wanted)?.value ?? null;
  return [last('t.a'), last('t.b_c')];
}

const setting = fc.constantFrom(
  't.a=1',
  't.a=2',
  't.b-c=3',
  't.b_c=4',
  'T.A=5',
  't.a=',
  't.a=x\\ y',
  't.a',
  'a\\=b',
);
const flag = fc.constantFrom('-E', '-s', '-e', '-F', '-P', '-O', '-Es', '-n', '-l', '-T');
const taking = fc.constantFrom(
  '-D',
  '-r',
  '-v',
  '-S64',
  '-S',
  '-d',
  '-d1',
  '-p',
  '-W0',
  '-C',
  '-k',
  '-ED',
  '-sr',
  '-tpa',
  '-fs',
);
const odd = fc.constantFrom(
  '-c',
  '-Ec',
  '--',
  '-',
  '-x',
  '\\-c',
  '-\\c',
  '-c\\',
  '-c\u00a0',
  '\u2003',
  '\\',
  '-B',
  '-N5',
  '-j',
  '-b',
);
const word = fc.oneof(
  { weight: 4, arbitrary: setting.map((text) => `-c ${text}`) },
  { weight: 2, arbitrary: setting.map((text) => `-c${text}`) },
  { weight: 2, arbitrary: setting.map((text) => `--${text}`) },
  { weight: 1, arbitrary: setting.map((text) => `-Esc ${text}`) },
  { weight: 1, arbitrary: setting },
  { weight: 2, arbitrary: flag },
  { weight: 4, arbitrary: taking },
  { weight: 3, arbitrary: odd },
);
const blank = fc.constantFrom(' ', '  ', '\t', '\n', '\v', '\f', '\r', '');
const text = fc
  .array(fc.tuple(word, blank), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.flat().join(''));

test('every setting that the server takes was seen', async () => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(text, async (options) => {
      const seen = await serverReads(options);
      if (seen === null) return;
      taken++;
      expect(gatewayReads(options)).toEqual(seen);
    }),
    {
      numRuns: 300,
      examples: [
        ['-D -c -ct.a=1'],
        ['-r -c --t.a=2'],
        ['-v -- -c t.a=3'],
        ['-d -c -ct.a=4'],
        ['-D-c -ct.a=5'],
        ['-c t.a=1 -D -c t.a=2'],
        ['-s-t.a=6'],
        ['-s- t.a=7'],
        ['-c t.a=\\\\\\ x'],
        ['-c t.a=x\\'],
      ],
    },
  );
  expect(taken).toBeGreaterThan(50);
}, 60_000);
