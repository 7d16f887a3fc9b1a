/** `policy catalogue pull`: what a target contains, as a file for tests, `explain` and `replay`. */
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { PulledCatalogue } from '../../proxy/contract.js';
import { servedTypes } from '../../proxy/list.js';
import { causeOf } from '../../src/errors.js';
import type { TargetSettings } from '../../src/targets/target-kind.js';
import { requireConfig } from '../input/config.js';
import { UsageError, YES, type ExitCode } from '../output/outcome.js';
import { count, say } from '../output/terminal.js';

export interface PullOptions {
  readonly target: string;
  readonly config: string;
  readonly output?: string;
}

export async function pull(options: PullOptions): Promise<ExitCode> {
  const config = await requireConfig(options.config);
  const target = config.targets.get(options.target);
  if (target === undefined) {
    const names = [...config.targets.keys()].map((name) => `\`${name}\``).join(', ');
    throw new UsageError(
      `\`${options.config}\` has no target \`${options.target}\``,
      `its targets are ${names}`,
    );
  }
  const { file, counts } = await readFrom(target);
  const text = `# The catalogue of the target ${options.target}, as \`policy catalogue pull\` found it.\n${stringify(file, { flowCollectionPadding: false, lineWidth: 0 })}`;
  if (options.output === undefined) process.stdout.write(text);
  else writeFileSync(options.output, text);
  say(
    Object.entries(counts)
      .map(([what, found]) => count(found, what))
      .join(' and '),
  );
  return YES;
}

async function readFrom(target: TargetSettings): Promise<PulledCatalogue> {
  const pullFrom = servedTypes.find(({ type }) => type === target.type)?.pull;
  if (pullFrom === undefined)
    throw new UsageError(
      `the target \`${target.name}\` has no catalogue: it is of the type \`${target.type}\``,
    );
  try {
    return await pullFrom(target);
  } catch (error) {
    throw new UsageError(`the target \`${target.name}\` cannot be read: ${causeOf(error)}`);
  }
}
