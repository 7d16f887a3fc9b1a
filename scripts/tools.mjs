import { readFileSync, existsSync } from 'node:fs';
import process from 'node:process';
import { progress, runCaptured } from './command.mjs';
import { failure } from './root.mjs';

/** What the tests run beside Node: PostgreSQL's own clients, and a pooler. They are never skipped, so they must be there. */
const tools = ['psql', 'pgbench', 'pgbouncer'];

/** Installs what is missing as root on Debian and its derivatives, and says what to install elsewhere. */
export async function ensureTools() {
  if ((await missing()).length === 0) return;
  if (isDebian() && process.getuid?.() === 0) await installPostgres();
  const still = await missing();
  if (still.length > 0) {
    throw failure(
      `the tests need ${still.map((tool) => `\`${tool}\``).join(' and ')}, which are not installed: ` +
        'on Debian and Ubuntu, as root, `apt-get install postgresql postgresql-client pgbouncer`; on macOS `brew install postgresql pgbouncer`',
    );
  }
}

async function missing() {
  const found = await Promise.all(tools.map(works));
  return tools.filter((_, index) => !found[index]);
}

/** Debian's `pgbench` is a wrapper that can be there without the program. */
async function works(tool) {
  const { code } = await runCaptured(tool, ['--version']).catch(() => ({ code: 1 }));
  return code === 0;
}

function isDebian() {
  if (!existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** RUNLEVEL=1 keeps Debian's packages from starting a server: the tests start their own. */
async function installPostgres() {
  const done = progress('Installing the PostgreSQL clients and PgBouncer');
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const install = (names) =>
    runCaptured('apt-get', ['install', '-y', '--no-install-recommends', ...names], env);
  const named = ['postgresql-15', 'postgresql-client-15', 'pgbouncer'];
  let result = await install(named);
  if (result.code !== 0) {
    await runCaptured('apt-get', ['update'], env);
    result = await install(named);
  }
  // Releases other than Debian 12 have another version.
  if (result.code !== 0) result = await install(['postgresql', 'postgresql-client', 'pgbouncer']);
  done(result.code === 0 ? 'done' : 'failed');
  if (result.code !== 0) throw failure(`apt-get could not install PostgreSQL:\n${result.output.trimEnd()}`);
}
