/** The compiled form of JSON Schema. */
import type { Value, ValueObject } from '../../../values/value.js';
import { BuiltinError, type BuiltinContext } from '../define/builtin.js';

/** A mismatch in a document: `field` is a dotted path, `(Root)` for the document itself. */
export interface Misfit {
  readonly field: string;
  /** Stable, for rules to compare with: `required`, `invalid_type`. */
  readonly type: string;
  readonly description: string;
}

/** The state of one walk over a document. */
export interface Walk {
  readonly context: BuiltinContext;
  readonly misfits: Misfit[];
  depth: number;
}

export type Check = (value: Value, field: string, walk: Walk) => void;

/** Compiles a subschema, which is an object or a boolean. */
export type Compile = (schema: Value) => Check;

/** Makes the check of one keyword; `schema` is the schema that contains it. */
export type Keyword = (operand: Value, schema: ValueObject, compile: Compile) => Check;

/** The schema itself is wrong, or uses an unsupported feature. */
export class SchemaError extends BuiltinError {}

/** The number of mismatches reported. */
const misfitsMax = 100;

export function report(walk: Walk, field: string, type: string, description: string): void {
  if (walk.misfits.length < misfitsMax) walk.misfits.push({ field, type, description });
}

/** Whether a value fits, without collecting mismatches. */
export function holds(check: Check, value: Value, walk: Walk): boolean {
  const inner: Walk = { context: walk.context, misfits: [], depth: walk.depth };
  check(value, '(Root)', inner);
  return inner.misfits.length === 0;
}

export const childField = (field: string, name: string | number): string =>
  field === '(Root)' ? String(name) : `${field}.${name}`;
