/** `policy audit verify`: does the chain hold? */
import { verifyRecording, type Verification } from '../src/audit/recording.js';
import { FINDING, YES, type ExitCode } from './outcome.js';
import { startProgress } from './progress.js';
import { findRecordings } from './recordings.js';
import { unreadable } from './rule-files.js';
import { count, paint, print, printJson } from './terminal.js';

export interface VerifyOptions {
  readonly format: 'pretty' | 'json';
}

interface Verified extends Verification {
  readonly file: string;
}

export async function verify(paths: readonly string[], options: VerifyOptions): Promise<ExitCode> {
  const files = findRecordings(paths);
  const progress = startProgress('verifying', 'recording');
  const results: Verified[] = [];
  for (const file of files) {
    results.push({ file, ...(await verifyOne(file)) });
    progress.step(results.length, files.length);
  }
  progress.end();
  if (options.format === 'json') printJson(results);
  else for (const result of results) print(describe(result));
  return results.every(({ broken }) => broken === null) ? YES : FINDING;
}

async function verifyOne(file: string): Promise<Verification> {
  try {
    return await verifyRecording(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function describe({ file, events, broken, torn, closed }: Verified): string {
  if (broken !== null)
    return `${paint.red('broken')} ${file}:${broken.line}: ${broken.problem}; ${count(events, 'event')} before it hold`;
  const end = torn
    ? `the last line is torn: the machine stopped in the middle of it, whole events end at line ${events}`
    : closed
      ? 'complete'
      : 'the session has not ended, or its end was cut off';
  return `${paint.green('ok')} ${file}: ${count(events, 'event')} hold, ${end}`;
}
