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

/** The outcome of planning: nothing to do, masks to carry out, or masks that cannot be carried out. */
export type MaskPlan =
  | { readonly kind: 'clear' }
  | {
      readonly kind: 'mask';
      readonly masks: readonly MaskInstruction[];
      readonly statement: AnalysedStatement;
      readonly catalogue: Catalogue | null;
    }
  | { readonly kind: 'refuse'; readonly rule: string; readonly reason: string };

/** What to do to one field: a whole-value method, detectors with the method for what they find, or both. */
export interface FieldMask {
  readonly method: MaskMethod | null;
  readonly detectors: readonly { readonly name: DetectorName; readonly method: MaskMethod }[];
  /** The rules that ask for it, for the record. */
  readonly rules: readonly string[];
}
