/** A rule set resolved and checked: its diagnostics, and the types of its rules. */
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import { engineBuiltins } from '../../../src/engine/builtins/catalogue.js';
import { check } from '../../../src/engine/check/check.js';
import type { RuleType } from '../../../src/engine/resolve/inferred.js';
import { resolve } from '../../../src/engine/resolve/resolve.js';
import { catalogueColumns } from '../../input/catalogue-file.js';
import { UsageError } from '../../output/outcome.js';
import { host } from '../../input/rule-set.js';
import { anySite } from '../../lint/site.js';
import type { RuleSet } from '../workspace/rule-set.js';

/** As `policy check` does, but without generating code. */
export function checkRuleSet(ruleSet: RuleSet): readonly Diagnostic[] {
  const { data } = ruleSet.data;
  const builtins = [...engineBuiltins, ...host.builtins];
  const { program, world, diagnostics } = resolve(ruleSet.modules(), data, host.schema, builtins, {
    columns: columnsOf(ruleSet),
    site: anySite,
  });
  check(program, world);
  const types = new Map<string, RuleType>();
  for (const [group, type] of world.rules) types.set(group.path.join('.'), type);
  ruleSet.learn(types);
  return diagnostics;
}

/** `policy check` reports a catalogue that cannot be read; here columns are then not checked. */
function columnsOf({ data }: RuleSet): ReturnType<typeof catalogueColumns> {
  try {
    return catalogueColumns(data.catalogues);
  } catch (error) {
    if (error instanceof UsageError) return [];
    throw error;
  }
}
