import type { LintConfig, Options, RuleSetting } from '../../cli/lint/config.js';
import { lintRules } from '../../cli/lint/rules.js';

/** One lint rule at its own options, the others off. */
export function only(id: string, options: Options = {}): LintConfig {
  const rules = lintRules.map((rule): [string, RuleSetting] =>
    rule.id === id ? [rule.id, { level: 'error', options }] : [rule.id, { level: 'off' }],
  );
  return { rules: new Map(rules), ignore: [] };
}

/** Lint rules that go further than the checker on the same way: what it learns to see is an error there. */
export const alsoChecked: ReadonlySet<string> = new Set(['never-fires', 'constant-condition']);
