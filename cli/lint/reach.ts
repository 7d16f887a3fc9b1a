/** What a rule reads, including through helper rules. */
import type { Core, HelperGroup, Program } from '../../src/engine/core.js';
import { framesOf, type Frame } from './frame.js';
import { groupBy } from './grouping.js';

const helpers = new WeakMap<Program, ReadonlyMap<Frame['owner'], readonly Frame[]>>();

function framesByOwner(program: Program): ReadonlyMap<Frame['owner'], readonly Frame[]> {
  const known = helpers.get(program);
  if (known !== undefined) return known;
  const made = groupBy(framesOf(program), ({ owner }) => owner);
  helpers.set(program, made);
  return made;
}

/** A frame, and those of all helper rules that it reads, directly or indirectly. */
export function withHelpers(program: Program, frame: Frame): readonly Frame[] {
  return closure(program, frame, ({ cores }) => cores.flatMap(groupsIn));
}

/** The frames of a helper rule with those of the helper rules that it reads. */
export function ofHelper(program: Program, group: HelperGroup): readonly Frame[] {
  return (framesByOwner(program).get(group) ?? []).flatMap((frame) => withHelpers(program, frame));
}

/** A frame, and those of the helper rules that must hold for its body to hold. */
export function withConditions(program: Program, frame: Frame): readonly Frame[] {
  return closure(program, frame, ({ bodies }) =>
    bodies.flatMap(({ literals }) =>
      literals.flatMap((literal) => (literal.kind === 'condition' ? required(literal.expression) : [])),
    ),
  );
}

function required(core: Core): readonly HelperGroup[] {
  if (core.kind === 'binary' && core.operator === 'and')
    return [...required(core.left), ...required(core.right)];
  return groupsIn(core);
}

function groupsIn(core: Core): readonly HelperGroup[] {
  if (core.kind === 'rule') return [core.rule];
  return core.kind === 'call' && 'clauses' in core.callee ? [core.callee] : [];
}

function closure(
  program: Program,
  frame: Frame,
  next: (frame: Frame) => readonly HelperGroup[],
): readonly Frame[] {
  const byOwner = framesByOwner(program);
  const seen = new Set<HelperGroup>();
  const found = [frame];
  // Rules do not read themselves, so the list is finite.
  for (const one of found) {
    for (const group of next(one)) {
      if (seen.has(group)) continue;
      seen.add(group);
      found.push(...(byOwner.get(group) ?? []));
    }
  }
  return found;
}
