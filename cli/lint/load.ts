/** What surrounds the rules on disk: data, catalogues, configuration. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Bundle } from '../../src/engine/bundle/bundle.js';
import { dataPath } from '../../src/engine/bundle/data-file.js';
import { isCatalogue, isRules } from '../../src/engine/bundle/rule-files.js';
import { CONFIG_FILE, readConfig } from '../input/config.js';
import { paintDiagnostic } from '../output/diagnostics.js';
import { UsageError } from '../output/outcome.js';
import { readCatalogueFile } from '../input/read-catalogue-file.js';
import { readText } from '../input/rule-files.js';
import { paintTalk, say } from '../output/terminal.js';
import { defaultConfig, type LintConfig } from './config.js';
import { parseLintConfig } from './config-file.js';
import type { DataFilePlace, KnownGroups, LintContext } from './finding.js';
import { knownGroups } from './groups.js';

/** The linter's input beside the rules, from the folders that they were read from. */
export async function lintContext(
  paths: readonly string[],
  bundle: Bundle,
  config: LintConfig,
): Promise<LintContext> {
  const folders = paths.filter((path) => statSync(path).isDirectory());
  return {
    config,
    data: bundle.data,
    catalogues: bundle.catalogues.map(readCatalogueFile),
    dataFiles: dataFilesOf(bundle),
    groups: await groupsOfIssuers(),
    whole: folders.length === paths.length,
  };
}

function dataFilesOf({ files }: Bundle): DataFilePlace[] {
  const data = files.filter(({ path }) => !isRules(path) && !isCatalogue(path));
  return data.map((file) => ({ file: file.path, path: dataPath(file.relative) }));
}

/** `policy check` reports a wrong configuration: then groups are unknown here. */
async function groupsOfIssuers(): Promise<KnownGroups | null> {
  try {
    const config = await readConfig(undefined);
    return config === null ? null : knownGroups(config.issuers.flatMap(({ groups }) => groups));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(
      `${paintTalk.yellow('note')}: the groups of \`${CONFIG_FILE}\` are not known, because it is not right`,
    );
    return null;
  }
}

/** The named file, or the one nearest to the rules: beside them, or in a folder above them. */
export function loadLintConfig(paths: readonly string[], named: string | undefined): LintConfig {
  const file = named ?? nearestConfig(paths);
  if (file === null) return defaultConfig;
  const { config, diagnostics } = parseLintConfig(file, readText(file));
  if (config !== null) return config;
  for (const diagnostic of diagnostics) say(`${paintDiagnostic(diagnostic, paintTalk)}\n`);
  throw new UsageError(`\`${file}\` is not valid`);
}

function nearestConfig(paths: readonly string[]): string | null {
  for (const path of paths) {
    for (let folder = resolve(path); ; folder = dirname(folder)) {
      const file = join(folder, '.sallyport', 'lint.yaml');
      if (existsSync(file)) return relative('.', file);
      if (folder === dirname(folder)) break;
    }
  }
  return null;
}
