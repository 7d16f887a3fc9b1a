/** `policy catalogue pull`: what a target contains, as a file for tests, `explain` and `replay`. */
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { Catalogue, Relation } from '../../src/facts/sql/catalogue/catalogue.js';
import { targetStream } from '../../proxy/postgres/login/target-stream.js';
import { readCatalogue } from '../../src/gateway/read-catalogue.js';
import { createTarget } from '../../src/gateway/targets.js';
import type { TargetConfig } from '../../src/gateway/config/config.js';
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
  const catalogue = await readFrom(target);
  const text = `# The catalogue of the target ${options.target}, as \`policy catalogue pull\` found it.\n${stringify(catalogueFile(catalogue), { flowCollectionPadding: false, lineWidth: 0 })}`;
  if (options.output === undefined) process.stdout.write(text);
  else writeFileSync(options.output, text);
  say(`${count(own(catalogue).length, 'relation')} and ${count(catalogue.functions.length, 'function')}`);
  return YES;
}

async function readFrom(target: TargetConfig): Promise<Catalogue> {
  try {
    const login = await createTarget(target, () => new Date()).login(target.database);
    return await readCatalogue(login, targetStream);
  } catch (error) {
    throw new UsageError(`the target \`${target.name}\` cannot be read: ${(error as Error).message}`);
  }
}

/** PostgreSQL's own relations are known without a file. */
function own({ relations }: Catalogue): Catalogue['relations'] {
  return relations.filter(({ schema }) => schema !== 'pg_catalog' && schema !== 'information_schema');
}

/** Object identifiers are of one server only and are left out. */
function catalogueFile(catalogue: Catalogue): object {
  const relations = own(catalogue)
    .toSorted((one, other) => (fullName(one) < fullName(other) ? -1 : 1))
    .map((relation) => ({ ...relation, oid: undefined }));
  return { ...catalogue, relations };
}

function fullName({ schema, name }: Relation): string {
  return `${schema}.${name}`;
}
