/** `object.get(x, "name", …)` as the step that it is: `x.name`. */
import type { CallCore, Core, StepCore } from '../core.js';

/** Null if the name, or one of the path, is computed. */
export function stepOfGet({ callee, arguments: [object, key], source }: CallCore): StepCore | null {
  if ('clauses' in callee || callee.name !== 'object.get' || object === undefined || key === undefined)
    return null;
  const keys = key.kind === 'array' ? key.elements : [key];
  let base: Core = object;
  for (const one of keys) {
    if (one.kind !== 'constant' || typeof one.value !== 'string') return null;
    base = { kind: 'step', base, key: one, keySpan: one.span, span: one.span, source };
  }
  return base === object ? null : (base as StepCore);
}
