/** A migration tool's commands, one after the other, with what the database holds after each. */
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../pgsuites/command.js';
import { DATABASE, libpqEnvironment, type Place } from './place.js';
import type { Kit, Report, ToolRun } from './tool.js';

export interface Step {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

export interface MigrationPlan {
  /** Below `scripts/clients/projects`; copied for each run. */
  readonly project?: string;
  /** Files beside those of the project. */
  readonly files?: (folder: string, place: Place) => Promise<void>;
  /** Beside those of libpq, which every tool gets. */
  readonly env?: (place: Place, folder: string) => Readonly<Record<string, string>>;
  /** A folder with `node_modules`. */
  readonly modules?: string;
  readonly steps: (place: Place, folder: string) => readonly Step[];
  /** What differs between any two runs in the dumps, beside times and UUIDs. */
  readonly varying?: readonly RegExp[];
}

const STEP_MS = 180_000;

export function migrationRun(kit: Kit, plan: MigrationPlan): ToolRun {
  return async (place, folder) => {
    const project = join(folder, 'project');
    await mkdir(folder, { recursive: true });
    await mkdir(project);
    if (plan.project !== undefined)
      await cp(join(kit.root, 'scripts', 'clients', 'projects', plan.project), project, { recursive: true });
    if (plan.modules !== undefined)
      await symlink(join(plan.modules, 'node_modules'), join(project, 'node_modules'));
    await plan.files?.(project, place);
    const env = { ...libpqEnvironment(place.login), NO_COLOR: '1', ...plan.env?.(place, project) };
    return runSteps(kit, plan, place, project, env);
  };
}

async function runSteps(
  kit: Kit,
  plan: MigrationPlan,
  place: Place,
  project: string,
  env: Readonly<Record<string, string>>,
): Promise<Report> {
  const outcome = new Map<string, boolean>();
  const states = new Map<string, string>();
  const printed = new Map<string, string>();
  for (const { name, program, args } of plan.steps(place, project)) {
    const ran = await run(program, args, { cwd: project, env, timeoutMs: STEP_MS });
    outcome.set(name, ran.code === 0);
    if (ran.code !== 0) printed.set(name, ran.printed);
    states.set(name, await kit.dumpOf(place.server, DATABASE, plan.varying ?? []));
  }
  return { outcome, states, printed };
}
