/** The commands that need a live gateway or target: serve, catalogue pull, sessions and audit over real recordings, replay. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package house

allow reads if sql.read_only

mask email column "customers.email" with redact
`;

const OBJECTS = `
CREATE FUNCTION is_known(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT $1 = $2';
CREATE OPERATOR ==> (LEFTARG = text, RIGHTARG = text, FUNCTION = is_known);
`;

let house: House;
let config: string;

beforeAll(async () => {
  house = await bootHouse({ 'house.rules': RULES }, ['ci-test'], OBJECTS);
  config = join(house.folder, 'sallyport.yaml');
  await house.psql('ci-test', ['-c', 'SELECT * FROM customers', '-c', 'DROP TABLE orders']);
}, 120_000);
afterAll(() => house.stop(), 60_000);

test('check reads the configuration and the rules it names', async () => {
  const { code, stderr } = await house.policy(['check', config]);
  expect([code, stderr.trim()]).toEqual([0, '1 file and 1 configuration checked: 0 errors, 0 warnings']);
});

test('sessions list and show find the recordings through the configuration', async () => {
  const listed = await house.policy(['sessions', 'list', '-c', config]);
  const [, id] = /^([0-9a-f-]{36}) .* ci-test +orders +2 +1 +client$/m.exec(listed.stdout)!;
  const { code, stdout } = await house.policy(['sessions', 'show', id!.slice(0, 8), '-c', config]);
  expect(code).toBe(0);
  expect(stdout).toContain('#1 allow SELECT * FROM customers');
  expect(stdout).toContain('masks customers.email with redact by house.email');
  expect(stdout).toContain('#2 deny DROP TABLE orders');
  expect(stdout).toContain('[redacted]');
  expect(stdout).not.toContain('ada.one');
});

test('audit verify holds every recording', async () => {
  const { code, stdout } = await house.policy(['audit', 'verify', join(house.folder, 'recordings')]);
  expect([code, /^ok .* hold, complete$/m.test(stdout)]).toEqual([0, true]);
});

test('catalogue pull writes what explain and replay then read', async () => {
  const file = join(house.folder, 'orders.catalogue.yaml');
  const pulled = await house.policy(['catalogue', 'pull', '--target', 'orders', '-c', config, '-o', file]);
  expect([pulled.code, pulled.stderr.trim()]).toEqual([0, '2 relations and 1 function']);
  const text = await readFile(file, 'utf8');
  expect(text).toContain('name: card_number');
  expect(text).toContain('operators:\n  - ==>');
  const recordings = join(house.folder, 'recordings');
  const rules = join(house.folder, 'rules');
  const same = await house.policy(['replay', recordings, '--rules', rules, '--catalogue', file]);
  expect(same).toEqual({
    code: 0,
    stdout: '2 commands in 1 recording, all decided as recorded\n',
    stderr: '',
  });
  const asked = ['explain', 'SELECT * FROM customers', '--as', 'ci-test', '--on', 'orders', '-c', config];
  const explained = await house.policy([...asked, '--catalogue', file]);
  expect(explained.code).toBe(0);
  expect(explained.stdout).toContain('columns: ["card_number","email","id","name","phone"]');
});

test('catalogue pull says which targets there are', async () => {
  const { code, stderr } = await house.policy(['catalogue', 'pull', '--target', 'invoices', '-c', config]);
  expect(code).toBe(2);
  expect(stderr).toContain('has no target `invoices`');
  expect(stderr).toContain('its targets are `orders`');
});

test('serve says why it does not start', async () => {
  const taken = await house.policy(['serve', '-c', config]);
  expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining('the port is in use')]);
  const missing = await house.policy(['serve', '-c', join(house.folder, 'nothing.yaml')]);
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('it does not exist')]);
});

test('serve ends with 0 when it is told to stop', async () => {
  const gateway = house.gateway();
  const ended = new Promise((done) => gateway.once('exit', (code) => done(code)));
  gateway.kill('SIGTERM');
  expect(await ended).toBe(0);
});
