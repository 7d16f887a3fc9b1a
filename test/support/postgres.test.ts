import { describe, expect, test } from '@jest/globals';
import { bootPostgres, hasPostgres15 } from './postgres.js';

describe('a PostgreSQL server for tests', () => {
  test('boots version 18 with SCRAM and shows what it saw', async () => {
    const server = await bootPostgres();
    try {
      const [row] = await server.query("SELECT current_setting('server_version_num')::int / 10000 AS major");
      expect(row).toEqual({ major: 18 });
      expect(server.log()).toContain('current_setting');
    } finally {
      await server.stop();
    }
    expect(() => process.kill(server.pid, 0)).toThrow();
  });

  test('takes no plaintext where TLS is required', async () => {
    const server = await bootPostgres({ tls: 'required', version: hasPostgres15() ? 15 : 18 });
    try {
      const [row] = await server.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
      expect(row).toEqual({ ssl: true });
    } finally {
      await server.stop();
    }
  });
});
