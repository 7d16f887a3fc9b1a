/**
 * Finds the masks of a decision that affect what a command returns to its client. A mask on a column that the command
 * does not read is not a difference.
 */
import type { MaskInstruction } from '../../engine/decision.js';
import type { AnalysedStatement } from '../../facts/sql/scope/analysis.js';
import type { Catalogue } from '../../facts/sql/catalogue/catalogue.js';
import { holdsOtherValues, masksOf, resolveMasks, type ColumnTags } from './resolve.js';

export interface Reach {
  readonly statements: readonly AnalysedStatement[];
  readonly catalogue: Catalogue | null;
  readonly tags: ColumnTags;
}

/** The same masks without the selectors that match nothing in the result. */
export function reachingMasks(masks: readonly MaskInstruction[], reach: Reach): readonly MaskInstruction[] {
  return masks.flatMap((mask) => {
    const selectors = mask.selectors.filter((selector) => reaches({ ...mask, selectors: [selector] }, reach));
    return selectors.length === 0 ? [] : [{ ...mask, selectors }];
  });
}

function reaches(mask: MaskInstruction, { statements, catalogue, tags }: Reach): boolean {
  const { columns, detectors, obstacle } = resolveMasks([mask], tags);
  return statements.some(({ output }) => {
    if (output.kind === 'none') return false;
    // An unknown case counts as reached: it is better to report a change too often.
    if (output.kind === 'unknown' || detectors.length > 0 || obstacle !== null) return true;
    return output.columns.some(
      ({ sources }) =>
        sources === 'unknown' ||
        sources.some((column) => holdsOtherValues(column) || masksOf(columns, column, catalogue).length > 0),
    );
  });
}
