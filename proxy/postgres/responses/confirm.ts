/**
 * Ensures that what ran is what was decided. The server resolves names again when it has its locks: by then a view or a
 * function may differ from the one that the command was decided with. RowDescription confirms plain columns of tables.
 * Everything else that a result depends on is read again before its first row leaves, long after the server has resolved it.
 */
import { NAMELESS } from '../../../src/facts/sql/catalogue/schema-change.js';
import { isPlainColumn } from '../../../src/masking/sql/column-origin.js';
import type { MaskPlan } from '../../../src/masking/sql/plan.js';
import { stopUntold } from '../state/limits.js';
import type { Link } from '../state/link.js';
import { planAtWork } from '../state/run.js';
import type { Run } from '../state/run.js';

/** Whether the current rows may be handled; if not, they wait until their dependencies are known. */
export function isConfirmed(link: Link, run: Run): boolean {
  if (run.confirmed === 'yes') return true;
  if (run.confirmed === 'asked') return false;
  if (!rests(run, planAtWork(run))) {
    run.confirmed = 'yes';
    return true;
  }
  run.confirmed = 'asked';
  const { analysis, judgedBy, statement } = run;
  link.confirmNames(analysis.names, judgedBy, (same) => {
    if (run.statement !== statement) return;
    run.confirmed = 'yes';
    if (same) return;
    const rule = 'gateway.schema_changed';
    stopUntold(link, run, { rule, reason: 'what it names was changed while it ran' });
  });
  return false;
}

/** Whether masks are derived from names alone. */
function rests({ analysis, fields }: Run, plan: MaskPlan): boolean {
  if (plan.kind !== 'mask' || plan.catalogue === null || !looksUp(analysis.names)) return false;
  if (!plan.masks.some(({ selectors }) => selectors.some(({ by }) => by === 'column' || by === 'tagged')))
    return false;
  return fields === null || !fields.every((field) => isPlainColumn(field, plan.catalogue));
}

/** Objects without a name of their own are not read by name. */
function looksUp(names: ReadonlySet<string>): boolean {
  return names.size > (names.has(NAMELESS) ? 1 : 0);
}
