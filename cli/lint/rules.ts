/** Every lint rule there is, in the order of their ids. */
import type { LintRule } from './rule.js';
import * as allows from './rules/allows.js';
import * as boundaries from './rules/boundaries.js';
import * as claims from './rules/claims.js';
import * as definitions from './rules/definitions.js';
import * as documentation from './rules/documentation.js';
import * as facts from './rules/facts.js';
import * as firing from './rules/firing.js';
import * as groups from './rules/groups.js';
import * as idioms from './rules/idioms.js';
import * as ignores from './rules/ignores.js';
import * as layout from './rules/layout.js';
import * as masks from './rules/masks.js';
import * as naming from './rules/naming.js';
import * as patterns from './rules/patterns.js';
import * as redundancies from './rules/redundancies.js';
import * as scripts from './rules/scripts.js';
import * as testing from './rules/testing.js';
import * as truth from './rules/truth.js';
import * as unused from './rules/unused.js';

const subjects = [
  allows,
  boundaries,
  claims,
  definitions,
  documentation,
  facts,
  firing,
  groups,
  idioms,
  ignores,
  layout,
  masks,
  naming,
  patterns,
  redundancies,
  scripts,
  testing,
  truth,
  unused,
];

export const lintRules: readonly LintRule[] = subjects
  .flatMap((subject): LintRule[] => Object.values(subject))
  .sort((a, b) => (a.id < b.id ? -1 : 1));
