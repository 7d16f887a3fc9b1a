/**
 * Runs migration tools and the suites of drivers twice, against a server and through the gateway in front of one like it:
 *
 *     npm run test:clients -- [--only TOOL]… [--rules NAME]… [--server 15|18] [--json FILE] [--keep] [--list]
 *
 * Prints what passes each way and how long it takes, what was not tried, and the replacements for tools that no registry has. Exits 1 if there is an unexpected difference, else 2 if a tool is unavailable.
 */
import { readFileSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openCache } from './clients/cache.js';
import { isEqual, readExpected } from './clients/differences.js';
import { openDumper } from './clients/dump.js';
import { RULE_SET_NAMES, RULE_SETS, type RuleSetName } from './clients/rule-sets.js';
import { printDifferences, tableOf, type Row } from './clients/table.js';
import type { Kit, Tool } from './clients/tool.js';
import { TOOLS } from './clients/tools.js';
import { runTool, Untried } from './clients/trial.js';

const root = process.cwd();

interface Wish {
  readonly tools: readonly Tool[];
  readonly rules: readonly RuleSetName[] | null;
  readonly version: 15 | 18;
  readonly json: string | undefined;
  readonly keep: boolean;
}

function readWish(): Wish | null {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      rules: { type: 'string', multiple: true },
      server: { type: 'string', default: '18' },
      json: { type: 'string' },
      keep: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  });
  if (values.list) return null;
  const known = TOOLS.map(({ name }) => name);
  for (const name of values.only ?? []) mustBeOne('tool', name, known);
  for (const name of values.rules ?? []) mustBeOne('rule set', name, RULE_SET_NAMES);
  mustBeOne('server', values.server, ['15', '18']);
  return {
    tools: TOOLS.filter(({ name, usual }) => values.only?.includes(name) ?? usual),
    rules: (values.rules as RuleSetName[] | undefined) ?? null,
    version: values.server === '15' ? 15 : 18,
    json: values.json,
    keep: values.keep,
  };
}

function mustBeOne(kind: string, name: string, known: readonly string[]): void {
  if (!known.includes(name)) throw new Error(`unknown ${kind} \`${name}\`: there are ${known.join(', ')}`);
}

function list(): void {
  for (const { name, about, rules, usual } of TOOLS)
    console.log(`${name.padEnd(16)} ${about} (${rules.join(', ')}${usual ? '' : '; only where named'})`);
  console.log('');
  for (const name of RULE_SET_NAMES) console.log(`${name.padEnd(16)} ${RULE_SETS[name].about}`);
}

async function main(): Promise<number> {
  const wish = readWish();
  if (wish === null) {
    list();
    return 0;
  }
  const folder = join(tmpdir(), `sallyport-clients-${process.pid}`);
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  const cache = openCache(root);
  const kit: Kit = { root, cache, dumpOf: await openDumper(cache) };
  const expected = readExpected(
    readFileSync(join(root, 'scripts', 'clients', 'expected-differences.yaml'), 'utf8'),
  );
  const rows: Row[] = [];
  const untried: string[] = [];
  for (const tool of wish.tools) {
    const trial = { kit, tool, rules: wish.rules ?? tool.rules, version: wish.version, folder, expected };
    try {
      for await (const row of runTool(trial)) {
        rows.push(row);
        printDifferences(row);
      }
    } catch (error) {
      if (!(error instanceof Untried)) throw error;
      untried.push(`${tool.name}: ${error.kind}: ${error.message.trim()}`);
    }
  }
  console.log(tableOf(rows));
  for (const { name, about, instead } of wish.tools)
    if (instead !== undefined && rows.some(({ tool }) => tool === name))
      console.log(`${name} is ${about}, in place of ${instead}.`);
  for (const one of untried) console.log(`Not tried: ${one}`);
  if (wish.json !== undefined) await writeFile(wish.json, `${JSON.stringify(rows, null, 2)}\n`);
  const equal = rows.every(({ comparison }) => isEqual(comparison));
  if (equal && !wish.keep) await rm(folder, { recursive: true, force: true });
  else console.log(`What the tools left to look at is in ${folder}.`);
  if (!equal) return 1;
  return untried.length > 0 ? 2 : 0;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 2;
});
