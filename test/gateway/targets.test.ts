import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PostgresSettings } from '../../src/targets/postgres/settings.js';
import { parseConfig } from '../../src/gateway/config/config.js';
import { createTarget, type Target } from '../../src/targets/postgres/login.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-targets-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function target(tls: string): Target {
  const { config, diagnostics } = parseConfig(
    join(folder, 'sallyport.yaml'),
    `rules: ./rules
identity: {issuers: [{issuer: "https://ci.example", audience: sallyport}]}
targets: {orders: {type: postgres, address: "db.internal:5432", database: orders, user: app, tls: ${tls}}}
listen: {postgres: "127.0.0.1:0"}
recordings: ./recordings`,
  );
  if (config === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return createTarget(config.targets.get('orders') as PostgresSettings, () => new Date());
}

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

test('certificates are what their files hold now, and the same object until one changes', async () => {
  write('ca.pem', 'an authority\n');
  write('app.crt', 'a certificate\n');
  write('app.key', 'a key\n');
  const one = target('{ca: ./ca.pem, cert: ./app.crt, key: {file: ./app.key}, server_name: db}');
  const { tls } = await one.login('orders');
  expect(tls).toEqual({
    kind: 'verify',
    ca: 'an authority',
    client: { cert: 'a certificate', key: 'a key' },
    serverName: 'db',
    channelBinding: 'prefer',
  });
  expect((await one.login('reports')).tls).toBe(tls);
  write('app.key', 'another key, of another length');
  const rotated = await one.login('orders');
  expect(rotated.tls).toMatchObject({
    client: { cert: 'a certificate', key: 'another key, of another length' },
  });
  expect((await one.login('orders')).tls).toBe(rotated.tls);
});

test('a file that is gone is named, and nothing of what it held', async () => {
  write('gone.crt', 'a certificate');
  write('gone.key', 'a secret key');
  const one = target('{cert: ./gone.crt, key: ./gone.key}');
  await one.login('orders');
  rmSync(join(folder, 'gone.key'));
  const failed = one.login('orders');
  await expect(failed).rejects.toMatchObject({ code: 'secret-unreadable' });
  await expect(failed).rejects.not.toThrow(/secret key/);
});

test('without TLS there is nothing to read', async () => {
  const one = target('off');
  expect((await one.login('orders')).tls).toEqual({ kind: 'off', cleartextPassword: false });
});
