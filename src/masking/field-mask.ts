/** How one field of a result is masked, in any protocol. */
import type { MaskMethod } from '../engine/decision.js';
import type { SelectedColumn } from './column-selector.js';
import type { DetectorName } from './detectors.js';

/** A whole-value method, detectors with the method for their findings, or both. */
export interface FieldMask {
  readonly method: MaskMethod | null;
  readonly detectors: readonly { readonly name: DetectorName; readonly method: MaskMethod }[];
  /** The rules that ask for it, for the record. */
  readonly rules: readonly string[];
  /** The columns whose values the field can show; omitted if not known. */
  readonly columns?: readonly SelectedColumn[];
}
