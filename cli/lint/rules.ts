/** Every lint rule there is, in the order of their ids. */
import type { LintRule } from './rule.js';
import * as documentation from './rules/documentation.js';
import * as firing from './rules/firing.js';
import * as ignores from './rules/ignores.js';
import * as patterns from './rules/patterns.js';

export const lintRules: readonly LintRule[] = [documentation, firing, ignores, patterns]
  .flatMap((subject): LintRule[] => Object.values(subject))
  .sort((a, b) => (a.id < b.id ? -1 : 1));
