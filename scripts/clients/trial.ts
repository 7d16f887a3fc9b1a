/** One tool, direct and under each of some rule sets: each time on a fresh server. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCleanup, type Cleanup } from '../../bench/cleanup.js';
import { compare, type ExpectedDifferences } from './differences.js';
import { bootServer, DATABASE, directPlace, gatewayPlace, type Place } from './place.js';
import type { RuleSetName } from './rule-sets.js';
import type { Row } from './table.js';
import type { Kit, Report, Tool, ToolRun } from './tool.js';

export interface Trial {
  readonly kit: Kit;
  readonly tool: Tool;
  readonly rules: readonly RuleSetName[];
  readonly version: 15 | 18;
  readonly folder: string;
  readonly expected: ExpectedDifferences;
}

/** What was not tried, and why: that it is missing is part of the outcome. */
export class Untried extends Error {
  constructor(
    readonly kind: 'not to be had here' | 'fails without the gateway',
    why: string,
  ) {
    super(why);
    this.name = 'Untried';
  }
}

/** Throws Untried if a tool cannot be installed, or does not work on a bare server. */
export async function* runTool(trial: Trial): AsyncGenerator<Row> {
  const { tool, kit, expected } = trial;
  const run = await tool.prepare(kit).catch((error: unknown) => {
    throw new Untried('not to be had here', error instanceof Error ? error.message : String(error));
  });
  const direct = await runOnce(trial, run, null);
  mustWork(direct.report);
  for (const rules of trial.rules) {
    const through = await runOnce(trial, run, rules);
    yield {
      tool: tool.name,
      rules,
      comparison: compare(tool.name, rules, direct.report, through.report, expected),
      seconds: { direct: direct.seconds, through: through.seconds },
    };
  }
}

/** A migration that fails on a bare server shows nothing of the gateway. */
function mustWork({ outcome, states, printed }: Report): void {
  const failed = [...outcome].find(([, passed]) => !passed)?.[0];
  if (states === undefined || failed === undefined) return;
  throw new Untried('fails without the gateway', `${failed}\n${printed?.get(failed) ?? ''}`);
}

interface Timed {
  readonly report: Report;
  readonly seconds: number;
}

async function runOnce(trial: Trial, run: ToolRun, rules: RuleSetName | null): Promise<Timed> {
  const { tool, version } = trial;
  const folder = join(trial.folder, `${tool.name}-${rules ?? 'direct'}`);
  const cleanup = createCleanup();
  const interrupted = (): void => void cleanup.run().finally(() => process.exit(130));
  for (const signal of SIGNALS) process.once(signal, interrupted);
  try {
    const server = await bootServer(cleanup, version);
    const databases = [DATABASE, ...(tool.databases ?? [])];
    for (const name of databases) if (name !== 'postgres') await server.query(`CREATE DATABASE ${name}`);
    await tool.arrange?.(server);
    const place = await openPlace(trial, rules, server, folder, cleanup);
    const started = performance.now();
    const report = await run(place, folder);
    const seconds = (performance.now() - started) / 1000;
    await keepPrinted(folder, report);
    process.stderr.write(`${tool.name}, ${rules ?? 'direct'}: ${Math.round(seconds)} s\n`);
    return { report, seconds };
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, interrupted);
    await cleanup.run();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

async function openPlace(
  { kit, tool }: Trial,
  rules: RuleSetName | null,
  server: Place['server'],
  folder: string,
  cleanup: Cleanup,
): Promise<Place> {
  if (rules === null) return directPlace(server, folder);
  const databases = [DATABASE, ...(tool.databases ?? []), ...(tool.created ?? [])];
  const home = join(folder, 'gateway');
  return gatewayPlace({ root: kit.root, folder: home, server, rules, databases, cleanup });
}

/** For investigating why something differs. */
async function keepPrinted(folder: string, { printed, states }: Report): Promise<void> {
  const place = join(folder, 'left');
  await mkdir(place, { recursive: true });
  const fileOf = (name: string, kind: string): string =>
    join(place, `${name.replaceAll(/[^\w.-]+/g, '_').slice(0, 100)}.${kind}`);
  for (const [name, text] of printed ?? []) await writeFile(fileOf(name, 'log'), text);
  for (const [name, text] of states ?? []) await writeFile(fileOf(name, 'sql'), text);
}
