/** Runs a condition row of a test: whether it holds, and why not. */
import { subjectOf } from '../core-walk.js';
import { contained, type Runnable } from '../compile/compile.js';
import type { ConditionResult } from './result.js';
import type { Frame } from '../context.js';
import { contrast } from '../explain/contrast.js';
import type { CoreLiteral } from '../core.js';
import { explainBody } from '../explain/explain.js';
import { textOf, type Part, type Trace } from '../explain/trace.js';
import { Unknown } from '../../values/value.js';

/** A condition, or a line that binds names for the lines below it, which then must have a solution. */
export function runCondition(
  runnable: Runnable,
  literal: CoreLiteral,
  frame: Frame,
): ConditionResult['failure'] {
  const doubts: Unknown[] = [];
  const run = runnable.compiler.body({ literals: [literal] }, (_, doubt) => {
    if (doubt !== null) doubts.push(doubt);
    return doubt === null;
  });
  const found = contained(() => run(frame, null));
  if (found === true) return null;
  const trace = frame.context.tracer as Trace;
  const core = subjectOf(literal);
  const outcome =
    found instanceof Unknown || doubts.length > 0
      ? 'unknown'
      : trace.last(core) === undefined
        ? 'absent'
        : 'false';
  const bodies = explainBody(literal, { literals: [literal] }, trace, 0).conditions.flatMap(
    ({ within }) => within,
  );
  return { outcome, parts: [...trace.parts(core), ...memberSought(literal, trace)], bodies };
}

/** `some "dba" in identity.groups` compares as `in` does. */
function memberSought(literal: CoreLiteral, trace: Trace): Part[] {
  if (literal.kind !== 'some' || literal.value.kind !== 'constant') return [];
  const notes = contrast('in', trace.last(literal.value.value), trace.last(literal.collection));
  return notes.length === 0 ? [] : [{ text: textOf(literal), value: 'false', notes }];
}
