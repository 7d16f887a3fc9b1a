/**
 * `policy demo`: the product in a minute. A shop's database, an identity provider and the gateway are booted, a sample
 * pipeline runs through a real client, and what was recorded is replayed against stricter rules.
 */
import { FINDING, YES, type ExitCode } from '../output/outcome.js';
import { paint, paintTalk, print } from '../output/terminal.js';
import { Cleanup } from './cleanup.js';
import { bootHouse, type House } from './house.js';
import { runPipeline } from './pipeline.js';
import { replayStricter } from './stricter.js';

export interface DemoOptions {
  readonly once?: boolean;
}

export async function demo(options: DemoOptions): Promise<ExitCode> {
  const cleanup = new Cleanup();
  const interrupted = interruption();
  const ended = await Promise.race([interrupted, run(cleanup, options, interrupted)]).finally(() =>
    cleanup.run(),
  );
  // Half of the work may still be under way: it is not waited for.
  if (ended === 'interrupted') process.exit(options.once === true ? FINDING : YES);
  return ended;
}

function interruption(): Promise<'interrupted'> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => done('interrupted'));
  });
}

async function run(cleanup: Cleanup, options: DemoOptions, interrupted: Promise<unknown>): Promise<ExitCode> {
  print(
    `${paint.bold('Sallyport')} stands between pipelines and a database. It parses every statement, decides it by`,
  );
  print(
    'rules that live in git, masks what they say, and records the decision before anything is forwarded.\n',
  );
  const house = await bootWithProgress(cleanup);
  const surprises = [...(await runPipeline(house)), ...(await replayStricter(house))];
  for (const surprise of surprises) print(paint.red(`unexpected: ${surprise}`));
  if (options.once !== true) {
    print(invitation(house));
    await interrupted;
  }
  return surprises.length === 0 ? YES : FINDING;
}

/** A line that is overwritten on a terminal, and one line per step elsewhere. */
async function bootWithProgress(cleanup: Cleanup): Promise<House> {
  const started = Date.now();
  const draw = (what: string): void => {
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[2K${paintTalk.dim(`${what} …`)}` : `${what} …\n`);
  };
  const house = await bootHouse(cleanup, draw);
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  print(
    `${paint.green('✓')} PostgreSQL with a small shop, an OpenID provider and the gateway are running ${paint.dim(`(${seconds} s)`)}`,
  );
  print(
    `${paint.green('✓')} rules: ${house.rulesShown}/  ${paint.dim('the same files that `policy test` checks in a pull request')}\n`,
  );
  return house;
}

function invitation(house: House): string {
  const { host, port } = house.address;
  const line = (client: 'ci-test' | 'ci-deploy' | 'analyst'): string =>
    `  PGPASSWORD=$(cat ${house.tokenFile(client)}) psql -h ${host} -p ${port} -U ${client} orders`;
  return [
    paint.bold('Your turn.'),
    'Connect as one of the three; the password is a short-lived token, and the database name is the target:\n',
    line('ci-test'),
    line('ci-deploy'),
    line('analyst'),
    '\nRules reload as soon as you change them, and everything you do is recorded:\n',
    `  node dist/policy.mjs sessions list --recordings ${house.recordings}`,
    paint.dim('\nPress Ctrl-C to stop; nothing is left behind.'),
  ].join('\n');
}
