/** Which facts a rule set can read at all, whatever the facts of a command are. */
import type { Branch, Core, CoreBody, DecisionClause, Program } from '../core.js';
import { literalParts, partsOf } from '../core-walk.js';

/** Whether a rule, shadow rules included, can read the fact at this path, a part of it, or a value that contains it. */
export function readsFact({ decisions, helpers }: Program, path: readonly string[]): boolean {
  const clauses = decisions.flatMap((group) => group.clauses);
  const branches = helpers.flatMap((group) => group.clauses.flatMap((clause) => clause.branches));
  const defaults = helpers.flatMap((group) => (group.default === null ? [] : [group.default]));
  const expressions = [...clauses.flatMap(partsOfClause), ...branches.flatMap(partsOfBranch), ...defaults];
  return expressions.some((core) => reads(core, path));
}

function partsOfClause({ body, reason, by }: DecisionClause): readonly Core[] {
  return [...partsOfBody(body), ...(reason === null ? [] : [reason]), ...(by === null ? [] : [by])];
}

function partsOfBranch({ body, value, keys }: Branch): readonly Core[] {
  return [...partsOfBody(body), value, ...keys];
}

function partsOfBody({ literals }: CoreBody): readonly Core[] {
  return literals.flatMap(literalParts);
}

function reads(core: Core, path: readonly string[]): boolean {
  const read = factPath(core);
  if (read === null) return partsOf(core).some((part) => reads(part, path));
  return path.every((name, index) => index >= read.length || read[index] === name);
}

/** The path of the fact that an expression reads, up to its first computed key; null if it does not read one. */
function factPath(core: Core): readonly string[] | null {
  if (core.kind === 'input') return [];
  if (core.kind === 'fact') return [core.root];
  if (core.kind !== 'step' || core.key.kind !== 'constant') return null;
  const { value } = core.key;
  const path = factPath(core.base);
  return path === null || typeof value !== 'string' ? null : [...path, value];
}
