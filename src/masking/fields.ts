/** What happens to each field of a result, once the server has described it. */
import type { FieldMask, MaskPlan, ResultField } from './plan.js';

/** One entry for each field, null where the value passes as it is. */
export function fieldMasks(plan: MaskPlan, fields: readonly ResultField[]): readonly (FieldMask | null)[] {
  if (plan.kind === 'clear') return fields.map(() => null);
  return fields.map(() => ({ method: { kind: 'redact' }, detectors: [], rules: [] }));
}
