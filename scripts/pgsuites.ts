/**
 * Runs the test suites of PostgreSQL and of its clients twice, against a server and through the gateway in front of one
 * like it, with rules that allow everything and the recording on:
 *
 *     npm run test:pgsuites -- [SUITE…] [--only direct|through] [--keep]
 *
 * Prints how many tests pass each way. Exits 1 if a test differs between the two, and keeps its files for inspection; 2 if the suites are unavailable.
 */
import { chmod, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCleanup } from '../bench/cleanup.js';
import { prepareKit } from './pgsuites/kit.js';
import { dumpSuite } from './pgsuites/dumps.js';
import { compareOutcomes, isEqual } from './pgsuites/outcome.js';
import type { Outcome } from './pgsuites/outcome.js';
import { openPlace } from './pgsuites/place.js';
import type { Way } from './pgsuites/place.js';
import { psycopgSuite } from './pgsuites/psycopg.js';
import { postgresSuites } from './pgsuites/suites.js';
import type { Suite } from './pgsuites/suites.js';

const root = process.cwd();

/** Tests that differ. */
const SHOWN_MAX = 30;

interface Wish {
  readonly suites: readonly string[];
  readonly ways: readonly Way[];
  readonly keep: boolean;
}

async function main(): Promise<number> {
  const wish = readWish();
  const folder = join(tmpdir(), `sallyport-pgsuites-${process.pid}`);
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  const cache = join(root, 'var', 'pgsuites');
  const kit = await prepareKit(cache);
  const known = [...postgresSuites(kit), dumpSuite(kit), await psycopgSuite(cache)];
  const unknown = wish.suites.find((name) => !known.some((suite) => suite.name === name));
  if (unknown !== undefined) {
    console.error(`Unknown suite \`${unknown}\`. Suites: ${known.map(({ name }) => name).join(', ')}.`);
    return 2;
  }
  const chosen = known.filter(({ name }) => wish.suites.length === 0 || wish.suites.includes(name));
  let equal = true;
  for (const suite of chosen) equal = (await runSuite(suite, wish.ways, folder)) && equal;
  if (equal && !wish.keep) await rm(folder, { recursive: true, force: true });
  else console.log(`What the tests left to look at is in ${folder}.`);
  return equal ? 0 : 1;
}

function readWish(): Wish {
  const { values, positionals } = parseArgs({
    options: { only: { type: 'string' }, keep: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const ways = (['direct', 'through'] as const).filter(
    (way) => values.only === undefined || values.only === way,
  );
  return { suites: positionals, ways, keep: values.keep };
}

async function runSuite(suite: Suite, ways: readonly Way[], folder: string): Promise<boolean> {
  const outcomes = new Map<Way, Outcome>();
  for (const way of ways) outcomes.set(way, await runOnce(suite, way, join(folder, `${suite.name}-${way}`)));
  const [direct, through] = [outcomes.get('direct'), outcomes.get('through')];
  if (direct === undefined || through === undefined) {
    const outcome = [...(direct ?? through!)];
    const failed = outcome.filter(([, passed]) => !passed).map(([name]) => name);
    console.log(`${suite.name}: ${outcome.length - failed.length} of ${outcome.length} passed`);
    if (failed.length > 0) console.log(`  failed: ${failed.join(', ')}`);
    return true;
  }
  const comparison = compareOutcomes(direct, through);
  console.log(`${suite.name}: direct ${comparison.direct}, through the gateway ${comparison.through}`);
  for (const name of comparison.differing.slice(0, SHOWN_MAX)) console.log(`  differs: ${name}`);
  const hidden = comparison.differing.length - SHOWN_MAX;
  if (hidden > 0) console.log(`  and ${hidden} more`);
  return isEqual(comparison);
}

async function runOnce(suite: Suite, way: Way, folder: string): Promise<Outcome> {
  const cleanup = createCleanup();
  const started = Date.now();
  try {
    const tests = join(folder, 'tests');
    await mkdir(tests, { recursive: true });
    const place = await openPlace(root, folder, way, suite.databases, cleanup);
    return await suite.run(place, tests);
  } finally {
    await cleanup.run();
    const seconds = Math.round((Date.now() - started) / 1000);
    console.error(`${suite.name}, ${way === 'direct' ? 'direct' : 'through the gateway'}: ${seconds} s`);
  }
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 2;
});
