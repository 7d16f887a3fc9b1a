/** `policy audit verify`: does the chain hold? */
import { verifyRecording, type Verification } from '../../src/audit/recording.js';
import { FINDING, YES, type ExitCode } from '../output/outcome.js';
import { startProgress } from '../output/progress.js';
import { findRecordings } from '../input/recordings.js';
import { unreadable } from '../input/rule-files.js';
import { count, paint, paintTalk, print, printJson, say } from '../output/terminal.js';

export interface VerifyOptions {
  readonly format: 'pretty' | 'json';
  /** A record without its end is a finding, too. */
  readonly complete?: boolean;
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
  const gaps = gapsIn(results);
  if (options.format === 'json') printJson(results);
  else for (const result of results) print(describe(result));
  for (const gap of gaps) say(`${paintTalk.red('broken')} ${gap}`);
  const whole = ({ broken, closed, torn }: Verified): boolean =>
    broken === null && (options.complete !== true || (closed && !torn));
  return gaps.length === 0 && results.every(whole) ? YES : FINDING;
}

/** Files of refused logins go on from one another. The first of them may be gone, since they have a bound; none in between. */
function gapsIn(results: readonly Verified[]): string[] {
  const logs = new Map<string, Verified[]>();
  for (const result of results)
    if (result.part !== null) logs.set(result.part.log, [...(logs.get(result.part.log) ?? []), result]);
  return [...logs.values()].flatMap((files) => {
    const parts = files.sort((one, other) => one.part!.number - other.part!.number);
    return parts.slice(1).flatMap((file, at) => {
      const before = parts[at]!;
      const follows = file.part!.number === before.part!.number + 1 && file.part!.before === before.link;
      return follows
        ? []
        : [`${file.file}: it does not continue ${before.file}: a file in between is missing`];
    });
  });
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
    return `${paint.red('broken')} ${file}:${broken.line}: ${broken.problem}; ${count(events, 'event')} before it are intact`;
  const end = torn
    ? `the last line is torn: the machine stopped while writing it; the last whole event is on line ${events}`
    : closed
      ? 'complete'
      : 'the record has no end: the session is still running, or the end was removed';
  return `${paint.green('ok')} ${file}: ${count(events, 'event')} hold, ${end}`;
}
