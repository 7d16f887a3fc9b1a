/** Recursion is refused: the rules of a cycle are named in the order in which they read each other. */
import type { DecisionGroup, Dependency, HelperGroup } from '../core.js';

type Rule = HelperGroup | DecisionGroup;

/** A few cycles are enough to show the problem; each may be as long as the file. */
const cyclesMax = 20;

/** A document that rules read. It reads the rules below it, so a rule that reads them all adds one edge, not many. */
type Place = Dependency;

/** Finds each cycle once, without recursion: a chain of rules may be as long as the file. */
export function findCycles(rules: readonly Rule[]): Rule[][] {
  const cycles: Rule[][] = [];
  const finished = new Set<Place>();
  for (const root of rules) {
    if (!finished.has(root) && cycles.length < cyclesMax) search(root, finished, cycles);
  }
  return cycles;
}

function search(root: Rule, finished: Set<Place>, cycles: Rule[][]): void {
  const path: { readonly place: Place; readonly rest: Place[] }[] = [{ place: root, rest: readsOf(root) }];
  const onPath = new Set<Place>([root]);
  while (path.length > 0 && cycles.length < cyclesMax) {
    const top = path.at(-1)!;
    const next = top.rest.pop();
    if (next === undefined) {
      path.pop();
      onPath.delete(top.place);
      finished.add(top.place);
    } else if (onPath.has(next)) {
      const start = path.findIndex(({ place }) => place === next);
      cycles.push(path.slice(start).flatMap(({ place }) => (place.kind === 'document' ? [] : [place])));
    } else if (!finished.has(next)) {
      path.push({ place: next, rest: readsOf(next) });
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
function readsOf(place: Place): Place[] {
  if (place.kind !== 'document') return [...place.uses];
  const below = [...place.children.values()].filter(({ virtual }) => virtual);
  return [...(place.rule === null ? [] : [place.rule]), ...place.decisions, ...below];
}

export function nameOf(rule: Rule): string {
  return rule.kind === 'decision' ? rule.id : rule.name;
}
