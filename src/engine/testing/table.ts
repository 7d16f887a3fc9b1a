/** `test "…" for each c in cases`: the cases of a table, each a test of its own. */
import { contained, type Runnable } from '../compile/compile.js';
import type { Frame } from '../context.js';
import type { CoreLiteral, CorePattern } from '../core.js';
import { renderValue } from '../../values/render.js';
import { Unknown, type Maybe } from '../../values/value.js';

export interface TableCase {
  /** The name of the case: its key, or its number from 1. Empty for a test without a table. */
  readonly title: string;
  /** The values that the pattern binds, by slot. */
  readonly slots: readonly unknown[];
}

/** Beyond this, use `some` and `every` in one row. */
const casesMax = 1000;

/** The cases, or why there are none: an empty, absent or unknown table would test nothing. */
export function casesOf(
  { compiler }: Runnable,
  table: CoreLiteral & { readonly kind: 'some' },
  frame: Frame,
): readonly TableCase[] | string {
  const cases: TableCase[] = [];
  const doubts: Unknown[] = [];
  const run = compiler.body({ literals: [table] }, (found, doubt) => {
    if (doubt !== null) doubts.push(doubt);
    else cases.push({ title: titleOf(table.key, found.slots, cases.length), slots: [...found.slots] });
    return cases.length > casesMax;
  });
  const outcome = contained(() => run(frame, null));
  const [doubt] = outcome instanceof Unknown ? [outcome] : doubts;
  if (doubt !== undefined) return `the cases are unknown: ${doubt.reason}`;
  if (cases.length > casesMax) return `there are more than ${casesMax} cases`;
  return cases.length === 0 ? 'there is no case' : cases;
}

function titleOf(key: CorePattern | null, slots: readonly unknown[], before: number): string {
  const value = key?.kind === 'variable' ? (slots[key.slot] as Maybe) : undefined;
  if (value === undefined) return String(before + 1);
  return typeof value === 'string' ? value : renderValue(value);
}
