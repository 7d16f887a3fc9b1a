/** Complete rules that contradict themselves. */
import type { HelperGroup, Program } from './core.js';
import type { World } from './scope.js';
import { compare } from './value.js';

export function checkOverlaps(program: Program, world: World): void {
  for (const group of program.helpers) checkOverlap(group, world);
}

/** `p := 1` and `p := 2`, both without conditions. */
function checkOverlap(group: HelperGroup, world: World): void {
  if (group.kind !== 'complete') return;
  const fixed = group.clauses.filter(({ branches }) => branches[0]!.body.literals.length === 0);
  const [first, ...rest] = fixed.map((clause) => ({ clause, value: clause.branches[0]!.value }));
  for (const { clause, value } of rest) {
    if (first?.value.kind !== 'constant' || value.kind !== 'constant') continue;
    if (compare(first.value.value, value.value) === 0) continue;
    const line = first.clause.source.position(first.clause.span.start).line;
    world.diagnostics.push({
      code: 'two-values',
      severity: 'error',
      message: `\`${group.name}\` has another value at ${first.clause.source.path}:${line}`,
      span: clause.span,
      source: clause.source,
      help: 'a rule has one value at a time: add conditions, or `else`',
    });
  }
}
