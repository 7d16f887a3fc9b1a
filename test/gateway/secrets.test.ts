import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { secretReader } from '../../src/config/secrets.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-secrets-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const now = { at: 0 };
const clock = (): Date => new Date(now.at);

describe('a secret', () => {
  test('from the environment is as it is now', async () => {
    const read = secretReader({ env: 'SALLYPORT_TEST_SECRET' }, clock);
    await expect(read()).rejects.toMatchObject({ code: 'secret-unreadable' });
    process.env['SALLYPORT_TEST_SECRET'] = 'one ';
    expect(await read()).toBe('one ');
    process.env['SALLYPORT_TEST_SECRET'] = 'two';
    expect(await read()).toBe('two');
    delete process.env['SALLYPORT_TEST_SECRET'];
    await expect(read()).rejects.toMatchObject({ code: 'secret-unreadable' });
  });

  test('from a file is read again when it is written or replaced, without its last line break', async () => {
    const path = join(folder, 'password');
    writeFileSync(path, 'one\n');
    const read = secretReader({ file: path }, clock);
    expect(await read()).toBe('one');
    writeFileSync(path, 'two\r\n');
    expect(await read()).toBe('two');
    writeFileSync(`${path}.new`, 'six\n\n');
    renameSync(`${path}.new`, path);
    expect(await read()).toBe('six\n');
    rmSync(path);
    await expect(read()).rejects.toThrow(`the file \`${path}\` cannot be read`);
  });

  test('from a command is asked for once a minute, by all at once', async () => {
    const program = join(folder, 'vault');
    writeFileSync(
      program,
      `#!/bin/sh\necho run >> ${folder}/runs\necho "secret of $1 $(wc -l < ${folder}/runs)"\n`,
    );
    chmodSync(program, 0o755);
    const read = secretReader({ exec: [program, 'orders; rm -rf x'] }, clock);
    const first = 'secret of orders; rm -rf x 1';
    expect(await Promise.all([read(), read(), read()])).toEqual([first, first, first]);
    now.at += 59_000;
    expect(await read()).toBe(first);
    now.at += 2000;
    expect(await read()).toBe('secret of orders; rm -rf x 2');
  });

  test('never comes out in an error', async () => {
    const program = join(folder, 'failing');
    writeFileSync(program, '#!/bin/sh\necho hunter2\necho hunter2 >&2\nexit 1\n');
    chmodSync(program, 0o755);
    const error: unknown = await secretReader({ exec: [program] }, clock)().catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      code: 'secret-unreadable',
      message: `the command \`${program}\` did not return a secret: it exited with code 1`,
    });
    expect((error as Error).cause).toBeUndefined();
  });

  test('of a megabyte is none', async () => {
    const path = join(folder, 'large');
    writeFileSync(path, 'x'.repeat(1_000_000));
    await expect(secretReader({ file: path }, clock)()).rejects.toMatchObject({ code: 'secret-unreadable' });
  });
});
