/** Recursion is refused: the rules of a cycle are named in the order in which they read each other. */
import type { DecisionGroup, Dependency, HelperGroup } from './core.js';
import { rulesBelow } from './document.js';

type Rule = HelperGroup | DecisionGroup;

/** The cycles, each once, without recursion of its own: a chain of rules may be as long as the file. */
export function findCycles(rules: readonly Rule[]): Rule[][] {
  const cycles: Rule[][] = [];
  const finished = new Set<Rule>();
  for (const root of rules) {
    if (!finished.has(root)) search(root, finished, cycles);
  }
  return cycles;
}

function search(root: Rule, finished: Set<Rule>, cycles: Rule[][]): void {
  const path = [{ rule: root, rest: readsOf(root) }];
  const onPath = new Set([root]);
  while (path.length > 0) {
    const top = path.at(-1)!;
    const next = top.rest.pop();
    if (next === undefined) {
      path.pop();
      onPath.delete(top.rule);
      finished.add(top.rule);
    } else if (onPath.has(next)) {
      const start = path.findIndex(({ rule }) => rule === next);
      cycles.push(path.slice(start).map(({ rule }) => rule));
    } else if (!finished.has(next)) {
      path.push({ rule: next, rest: readsOf(next) });
      onPath.add(next);
    }
  }
}

/** Helper rules, each after those it reads; in a cycle, which is refused, in any order. */
export function dependenciesFirst(rules: readonly HelperGroup[]): HelperGroup[] {
  const ordered: HelperGroup[] = [];
  const seen = new Set<HelperGroup>();
  for (const root of rules) {
    const stack = seen.has(root) ? [] : [{ rule: root, rest: helpersOf(root) }];
    seen.add(root);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const next = top.rest.pop();
      if (next === undefined) {
        ordered.push(top.rule);
        stack.pop();
      } else if (!seen.has(next)) {
        seen.add(next);
        stack.push({ rule: next, rest: helpersOf(next) });
      }
    }
  }
  return ordered;
}

function helpersOf(rule: HelperGroup): HelperGroup[] {
  return [...rule.uses].filter(
    (dependency) => dependency.kind !== 'document' && dependency.kind !== 'decision',
  );
}

/** What a rule reads; a document stands for every rule below it. */
function readsOf(rule: Rule): Rule[] {
  return [...rule.uses].flatMap((dependency: Dependency) =>
    dependency.kind === 'document' ? [...rulesBelow(dependency)] : [dependency],
  );
}

export function nameOf(rule: Rule): string {
  return rule.kind === 'decision' ? rule.id : rule.name;
}
