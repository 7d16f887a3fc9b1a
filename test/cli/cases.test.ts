/**
 * `policy` as people run it: the built bundle on files, with what it prints and how it exits. Each file below `cases` is a
 * folder of files, perhaps recorded sessions, and runs over them. `UPDATE=1` writes what came out.
 */
import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument, Scalar } from 'yaml';
import { record, type SessionScript } from '../support/recording.js';

const here = dirname(fileURLToPath(import.meta.url));
const policy = resolve(here, '../../dist/policy.mjs');

interface Run {
  /** What the run shows, before its command line in the name of the test. */
  readonly shows?: string;
  readonly run: readonly string[];
  readonly stdin?: string;
  readonly code: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Files after the run, where it writes any. */
  readonly writes?: Readonly<Record<string, string>>;
}

interface Damage {
  /** Cuts the last line in half, as a machine that stops does. */
  readonly torn?: boolean;
  /** Changes a word in the middle of the file. */
  readonly altered?: { readonly from: string; readonly to: string };
}

interface Case {
  readonly files: Readonly<Record<string, string>>;
  readonly sessions?: readonly (SessionScript & Damage)[];
  readonly runs: readonly Run[];
}

const cases = readdirSync(join(here, 'cases')).filter((name) => name.endsWith('.yaml'));

describe.each(cases)('%s', (name) => {
  const file = join(here, 'cases', name);
  const document = parseDocument(readFileSync(file, 'utf8'));
  const content = document.toJS() as Case;
  test.each(content.runs.map((run, index) => [titleOf(run), index] as const))('%s', async (_, index) => {
    const folder = setUp(content);
    try {
      const came = await execute(content.runs[index]!, folder);
      if (process.env['UPDATE'] === '1') {
        const node = document.getIn(['runs', index]) as {
          set(key: string, value: unknown): void;
          delete(key: string): void;
        };
        for (const [key, value] of Object.entries(came)) {
          if (value === '') node.delete(key);
          else node.set(key, typeof value === 'string' && value.includes('\n') ? block(value) : value);
        }
        writeFileSync(file, document.toString({ lineWidth: 0, flowCollectionPadding: false }));
        return;
      }
      const { code, stdout = '', stderr = '', writes } = content.runs[index]!;
      expect(came).toEqual({ code, stdout, stderr, ...(writes === undefined ? {} : { writes }) });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function titleOf({ shows, run }: Run): string {
  const command = `policy ${run.join(' ')}`;
  return shows === undefined ? command : `${shows} (${command})`;
}

function block(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = 'BLOCK_LITERAL';
  return scalar;
}

function setUp({ files, sessions = [] }: Case): string {
  const folder = mkdtempSync(join(tmpdir(), `policy-${basename(here)}-`));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  for (const script of sessions) damage(record(join(folder, 'recordings'), script), script);
  return folder;
}

function damage(file: string, { torn, altered }: Damage): void {
  const text = readFileSync(file, 'utf8');
  if (torn === true) writeFileSync(file, text.slice(0, -40));
  if (altered !== undefined) writeFileSync(file, text.replace(altered.from, altered.to));
}

function execute(
  { run, stdin, writes }: Run,
  folder: string,
): Promise<Required<Omit<Run, 'shows' | 'run' | 'stdin' | 'writes'>> & Pick<Run, 'writes'>> {
  return new Promise((done) => {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '' };
    const child = execFile(
      process.execPath,
      [policy, ...run],
      { cwd: folder, env },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code);
        const outcome = { code, stdout: tidy(stdout, folder), stderr: tidy(stderr, folder) };
        if (writes === undefined) {
          done(outcome);
          return;
        }
        const written = Object.keys(writes).map((path) => [path, read(join(folder, path))] as const);
        done({ ...outcome, writes: Object.fromEntries(written) });
      },
    );
    child.stdin?.end(stdin ?? '');
  });
}

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** What differs from run to run is named instead: the folder, and hashes of it. */
function tidy(text: string, folder: string): string {
  return text.replaceAll(folder, 'FOLDER').replace(/^( *"at": )"[^"]*"/gm, '$1"…"');
}
