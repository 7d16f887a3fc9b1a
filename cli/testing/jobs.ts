/** Distributes tests over several processes. Each reads the rules again: this pays off with thousands of rows. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { TestResult } from '../../src/engine/testing/result.js';
import { UNUSABLE, UsageError } from '../output/outcome.js';

const JOBS_MAX = 64;

/** One of `of` shares, from 1. */
export interface Share {
  readonly number: number;
  readonly of: number;
}

export function readJobs(written: string | undefined): number {
  if (written === undefined) return 1;
  const jobs = Number(written);
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= JOBS_MAX) return jobs;
  throw new UsageError(
    `\`--jobs ${written}\` is not a number of processes`,
    `write a number from 1 to ${JOBS_MAX}`,
  );
}

export function readShare(written: string | undefined): Share | null {
  if (written === undefined) return null;
  const [number = 0, of = 0] = written.split('/').map(Number);
  if (Number.isInteger(number) && Number.isInteger(of) && number >= 1 && number <= of) return { number, of };
  throw new UsageError(`\`--share ${written}\` is not a share`, 'write `--share 2/4` for the second of four');
}

/** Every test is in one share, determined by its name alone. */
export function isInShare(name: string, { number, of }: Share): boolean {
  return createHash('sha256').update(name).digest().readUInt32BE(0) % of === number - 1;
}

/** In the order of files and lines, as from one process. Throws if a process cannot run its share. */
export async function testInJobs(
  paths: readonly string[],
  wanted: string | undefined,
  jobs: number,
): Promise<TestResult[]> {
  const shares = Array.from({ length: jobs }, (_, index) => testShare(paths, wanted, `${index + 1}/${jobs}`));
  const tests = (await Promise.all(shares)).flat();
  return tests.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}

async function testShare(
  paths: readonly string[],
  wanted: string | undefined,
  share: string,
): Promise<readonly TestResult[]> {
  const only = wanted === undefined ? [] : [`--run=${wanted}`];
  const args = [process.argv[1]!, 'test', ...only, `--share=${share}`, '--format=json', '--', ...paths];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise((done) => child.once('close', done));
  if (code === UNUSABLE || code === null)
    throw new UsageError(`share ${share} of the tests could not be run`);
  return (JSON.parse(Buffer.concat(chunks).toString('utf8')) as { tests: TestResult[] }).tests;
}
