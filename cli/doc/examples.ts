/** Test commands that show a rule: they are run, to know which rules they fire. */
import type { TestRun } from '../../src/engine/testing/cases.js';
import type { CommandResult } from '../../src/engine/testing/result.js';
import type { Decision, FiredRule } from '../../src/engine/decision.js';

export interface Example {
  /** As the row is written, without what it expects. */
  readonly command: string;
  readonly effect: 'allow' | 'deny' | 'review';
  /** The title of its test. */
  readonly test: string;
}

/** By effect and id, `deny ci.orders.drop`, in the order of the tests. */
export function findExamples({ tests }: TestRun): ReadonlyMap<string, readonly Example[]> {
  const found = new Map<string, Example[]>();
  for (const test of tests) {
    const rows = test.rows.filter((row) => row.kind === 'command' && row.passed) as CommandResult[];
    for (const { text, decision } of rows) {
      if (decision === null) continue;
      const [command = text] = text.split(/\s+=>\s/);
      const example = { command, effect: decision.effect, test: test.title };
      const rules = decision.rules.filter((rule) => matters(rule, decision));
      const shadows = decision.shadows.filter(({ undecided }) => undecided === undefined);
      for (const { effect, id } of [...rules, ...shadows]) add(found, `${effect} ${id}`, example);
    }
  }
  return found;
}

/** A command that another rule refused does not illustrate the rules that would have allowed it. */
function matters({ effect }: FiredRule, decision: Decision): boolean {
  if (effect === 'deny' || effect === 'review') return effect === decision.effect;
  return decision.effect !== 'deny';
}

function add(found: Map<string, Example[]>, key: string, example: Example): void {
  const examples = found.get(key) ?? [];
  found.set(key, examples);
  if (!examples.some(({ command }) => command === example.command)) examples.push(example);
}
