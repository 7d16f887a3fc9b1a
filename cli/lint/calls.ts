/** Calls of builtins over texts, and what they are given. */
import type { CallCore, Core } from '../../src/engine/core.js';
import { framesOf, type Bindings, type Frame } from './frame.js';
import type { LintSet } from './rule.js';

export interface FoundCall {
  readonly call: CallCore;
  readonly bindings: Bindings;
  readonly frame: Frame;
}

export function builtinCalls({ meaning }: LintSet, ...names: readonly string[]): FoundCall[] {
  const wanted = new Set(names);
  return (meaning === null ? [] : framesOf(meaning.program)).flatMap((frame) =>
    frame.cores.flatMap((core) =>
      core.kind === 'call' && !('clauses' in core.callee) && wanted.has(core.callee.name)
        ? [{ call: core, bindings: frame.bindings, frame }]
        : [],
    ),
  );
}

export function constantText(core: Core | undefined): string | null {
  return core?.kind === 'constant' && typeof core.value === 'string' ? core.value : null;
}

/** Functions that change a text and leave it one that stands for the same thing. */
const wrappers = new Set(['lower', 'upper', 'trim', 'trim_space', 'trim_left', 'trim_right', 'replace']);

export function unwrap(core: Core): Core {
  let at = core;
  while (at.kind === 'call' && wrappers.has(at.name) && at.arguments[0] !== undefined) at = at.arguments[0];
  return at;
}
