import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { verifyRecording } from '../../src/audit/recording.js';
import { command, opened } from './events.js';

let folder: string;
let program: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-full-'));
  program = join(folder, 'writer.mjs');
  const log = resolve('src/audit/log.ts');
  const source = join(folder, 'writer.ts');
  // Appends until it fails, then once more; says how many events went in and how the writes failed.
  writeFileSync(
    source,
    `import { SessionLog } from ${JSON.stringify(log)};
     process.on('SIGXFSZ', () => undefined);
     const at = new Date('2026-11-21T08:00:00Z');
     const log = new SessionLog({ folder: process.argv[2], sync: 'write' }, 'session', at);
     let events = 0;
     const codes = [];
     const append = (event) => { try { log.append(event, at); events++; return true; } catch (error) { codes.push(error.code); return false; } };
     append(${JSON.stringify(opened)});
     while (append(${JSON.stringify(command)}));
     append(${JSON.stringify(command)});
     const small = append({ kind: 'closed', reason: 'error', commands: 0 });
     console.log(JSON.stringify({ events, codes, small, path: log.path }));`,
  );
  await build({ entryPoints: [source], outfile: program, bundle: true, platform: 'node', format: 'esm' });
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Written {
  readonly events: number;
  readonly codes: readonly string[];
  /** Whether a last, smaller event still went in. */
  readonly small: boolean;
  readonly path: string;
}

describe('a disk without room', () => {
  // The file-size limit of a process stands for the full disk: write(2) is cut short and then fails.
  test.each([1, 2, 3, 7])(
    'of %i blocks: whole events stay whole, and every later one fails',
    async (blocks) => {
      const recordings = join(folder, `limited-${blocks}`);
      const script = `ulimit -f ${blocks}; exec "$0" "$@"`;
      const output = execFileSync('bash', ['-c', script, process.execPath, program, recordings], {
        encoding: 'utf8',
      });
      const { events, codes, small, path } = JSON.parse(output) as Written;
      expect(codes.length).toBeGreaterThanOrEqual(2);
      expect(new Set(codes)).toEqual(new Set(['record-failed']));
      expect(readFileSync(path).length).toBeLessThanOrEqual(blocks * 1024);
      expect(await verifyRecording(path)).toMatchObject({
        events,
        torn: events === 0,
        broken: null,
        closed: small,
      });
    },
  );

  test('takes nobody in where not even a file can be made', () => {
    const run = (): string =>
      execFileSync(process.execPath, [program, '/dev/null/recordings'], { encoding: 'utf8', stdio: 'pipe' });
    expect(run).toThrow(/the record of this session cannot be written/);
  });
});
