/**
 * From a decision's masks and a statement's lineage to what happens to each field of its result.
 * Two witnesses: lineage from the parse tree, and the table OID and attribute number of RowDescription.
 */
import type { MaskInstruction, MaskMethod } from '../engine/decision.js';
import type { AnalysedStatement } from '../facts/sql/analysis.js';
import type { Catalogue } from '../facts/sql/catalogue.js';
import type { DetectorName } from './detectors.js';

/** A field as the server describes it. PostgreSQL protocol, RowDescription. */
export interface ResultField {
  readonly name: string;
  /** 0 where the field is not a column of a table. */
  readonly tableOid: number;
  readonly attributeNumber: number;
  readonly typeOid: number;
}

/** `customers.email` → `['pii']`. Keys are column selectors, as `mask … column` writes them. */
export type ColumnTags = ReadonlyMap<string, readonly string[]>;

/** The outcome of planning: nothing to do, masks to carry out, or masks that cannot be carried out. */
export type MaskPlan =
  | { readonly kind: 'clear' }
  | {
      readonly kind: 'mask';
      readonly masks: readonly MaskInstruction[];
      readonly statement: AnalysedStatement;
      readonly catalogue: Catalogue | null;
      /** Tags by column selector, as `data.catalogue` gives them. */
      readonly tags: ColumnTags;
    }
  | { readonly kind: 'refuse'; readonly rule: string; readonly reason: string };

/** What to do to one field: a whole-value method, detectors with the method for what they find, or both. */
export interface FieldMask {
  readonly method: MaskMethod | null;
  readonly detectors: readonly { readonly name: DetectorName; readonly method: MaskMethod }[];
  /** The rules that ask for it, for the record. */
  readonly rules: readonly string[];
}

/**
 * Plans the masks of one top-level statement. `clear` where no masked value can take part in it, not even in an error
 * text; `refuse` where a mask cannot be carried out. `tags` left out means that no `data.catalogue` was loaded.
 */
export function planMasks(
  masks: readonly MaskInstruction[],
  statement: AnalysedStatement,
  catalogue: Catalogue | null,
  tags?: ColumnTags,
): MaskPlan {
  if (masks.length === 0) return { kind: 'clear' };
  return { kind: 'mask', masks, statement, catalogue, tags: tags ?? new Map<string, readonly string[]>() };
}
