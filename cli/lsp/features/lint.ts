/** The linter over a rule set as it stands in the editor. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { KnownCatalogue } from '../../../src/protocols/world.js';
import { defaultConfig, type LintConfig } from '../../lint/config.js';
import { parseLintConfig } from '../../lint/config-file.js';
import type { LintedModules, LintFinding } from '../../lint/finding.js';
import { lint } from '../../lint/linter.js';
import { readCatalogueFile } from '../../input/read-catalogue-file.js';
import { host } from '../../input/rule-set.js';
import type { RuleSet } from '../workspace/rule-set.js';

export function lintRuleSet(ruleSet: RuleSet): readonly LintFinding[] {
  return lintModules(ruleSet, ruleSet.modules());
}

/** The modules may differ from those of the rule set, as they do while fixes are applied. */
export function lintModules(ruleSet: RuleSet, modules: LintedModules): readonly LintFinding[] {
  const { root, data, whole } = ruleSet;
  const context = {
    config: configOf(root),
    data: data.data,
    catalogues: cataloguesOf(ruleSet),
    dataFiles: data.places,
    groups: null,
    whole,
  };
  return lint(modules, context, host);
}

/** Beside the rules or above them. `policy lint` reports a wrong one. */
function configOf(root: string): LintConfig {
  for (let folder = root; ; folder = dirname(folder)) {
    const path = join(folder, '.sallyport', 'lint.yaml');
    if (existsSync(path)) return parseLintConfig(path, readFileSync(path, 'utf8')).config ?? defaultConfig;
    if (folder === dirname(folder)) return defaultConfig;
  }
}

/** Those that can be read. */
export function cataloguesOf({ data }: RuleSet): readonly KnownCatalogue[] {
  return data.catalogues.flatMap((path) => {
    try {
      return [readCatalogueFile(path)];
    } catch {
      return [];
    }
  });
}
