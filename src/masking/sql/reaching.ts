/** Which masks of a decision touch what a command gives to its client. A mask on a column that it does not read is no news. */
import type { MaskInstruction } from '../../engine/decision.js';
import type { AnalysedStatement } from '../../facts/sql/scope/analysis.js';
import type { Catalogue } from '../../facts/sql/catalogue/catalogue.js';
import { holdsOtherValues, masksOf, resolveMasks, type ColumnTags } from './resolve.js';

export interface Reach {
  readonly statements: readonly AnalysedStatement[];
  readonly catalogue: Catalogue | null;
  readonly tags: ColumnTags;
}

/** The same masks without the selectors that reach nothing. */
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
    // What cannot be told apart counts as reached: a change is rather shown once too often.
    if (output.kind === 'unknown' || detectors.length > 0 || obstacle !== null) return true;
    return output.columns.some(
      ({ sources }) =>
        sources === 'unknown' ||
        sources.some((column) => holdsOtherValues(column) || masksOf(columns, column, catalogue).length > 0),
    );
  });
}
