/** Helper rules and functions: computes a value from the solutions of their bodies. */
import { Answer, Entries, Members } from '../../values/answer.js';
import type { Compiler, Continue, Match } from './compiler.js';
import { createFrame, type Context, type Frame } from '../context.js';
import type { Branch, Clause, HelperGroup } from '../core.js';
import { isEqual, type Truth } from '../../values/kleene.js';
import { Unknown, type Maybe, type Value } from '../../values/value.js';

/** The value of a rule; `args` is empty unless it is a function. */
export type RuleCode = (context: Context, args: readonly Value[]) => Maybe;

export function compileRule(c: Compiler, group: HelperGroup): RuleCode {
  switch (group.kind) {
    case 'set':
      return compileSet(c, group);
    case 'object':
      return compileObjectRule(c, group);
    case 'complete':
    case 'function':
      return compileComplete(c, group);
  }
}

/** The last slot of a frame gathers the solutions. */
function gathererOf(frame: Frame): unknown {
  return frame.slots.at(-1);
}

function compileSet(c: Compiler, group: HelperGroup): RuleCode {
  const clauses = group.clauses.flatMap((clause) =>
    clause.branches.map((branch) => {
      const value = c.expression(branch.value);
      const run = c.body(branch.body, (frame, doubt) => {
        const member = value(frame);
        if (member !== undefined) (gathererOf(frame) as Members).add(member, doubt);
        return false;
      });
      return { slots: clause.slots + 1, run };
    }),
  );
  return (context) => {
    const members = new Members();
    for (const { slots, run } of clauses) run(frameWith(slots, context, members), null);
    return members.toSet();
  };
}

function compileObjectRule(c: Compiler, group: HelperGroup): RuleCode {
  const clauses = group.clauses.flatMap((clause) =>
    clause.branches.map((branch) => ({ slots: clause.slots + 1, run: compileEntry(c, branch) })),
  );
  const conflict = `one key of \`${group.name}\` has two values`;
  return (context) => {
    const entries = new Entries(conflict);
    for (const { slots, run } of clauses) run(frameWith(slots, context, entries), null);
    return entries.result();
  };
}

function compileEntry(c: Compiler, branch: Branch): Continue {
  const keys = branch.keys.map((key) => c.expression(key));
  const value = c.expression(branch.value);
  return c.body(branch.body, (frame, doubt) => {
    const path: Value[] = [];
    for (const key of keys) {
      const at = key(frame);
      if (at === undefined) return false;
      path.push(at);
    }
    const found = value(frame);
    if (found !== undefined) (gathererOf(frame) as Entries).add(path, found, doubt, branch.member);
    return false;
  });
}

function frameWith(slots: number, context: Context, gatherer: unknown): Frame {
  const frame = createFrame(slots, context);
  frame.slots[slots - 1] = gatherer;
  return frame;
}

interface CompiledClause {
  readonly slots: number;
  readonly parameters: readonly Match[];
  readonly branches: readonly Continue[];
}

function compileComplete(c: Compiler, group: HelperGroup): RuleCode {
  const clauses = group.clauses.map((clause) => compileClause(c, clause));
  const fallback = group.default && c.expression(group.default);
  const conflict = `\`${group.name}\` has two values at once`;
  return (context, args) => {
    const answer = new Answer(conflict);
    for (const clause of clauses) runClause(clause, context, args, answer, conflict);
    const value = answer.result();
    return value === undefined && fallback !== null ? fallback(createFrame(0, context)) : value;
  };
}

function compileClause(c: Compiler, clause: Clause): CompiledClause {
  return {
    slots: clause.slots + 1,
    parameters: clause.parameters.map((parameter) => c.pattern(parameter)),
    branches: clause.branches.map((branch) => compileBranch(c, branch)),
  };
}

function compileBranch(c: Compiler, { body, value }: Branch): Continue {
  const evaluate = c.expression(value);
  // One solution is enough if the value does not depend on it.
  const enough = value.kind === 'constant';
  return c.body(body, (frame, doubt) => {
    const found = evaluate(frame);
    if (found === undefined) return false;
    (gathererOf(frame) as Answer).add(found, doubt);
    return enough && doubt === null;
  });
}

function runClause(
  clause: CompiledClause,
  context: Context,
  args: readonly Value[],
  answer: Answer,
  conflict: string,
): void {
  const frame = createFrame(clause.slots, context);
  const fits = matchParameters(clause.parameters, args, frame);
  if (fits === false) return;
  const doubt = fits === true ? null : fits;
  if (clause.branches.length === 1) {
    frame.slots[clause.slots - 1] = answer;
    clause.branches[0]!(frame, doubt);
  } else {
    runChain(clause, frame, doubt, answer, conflict);
  }
}

function matchParameters(parameters: readonly Match[], args: readonly Value[], frame: Frame): Truth {
  let truth: Truth = true;
  for (let i = 0; i < parameters.length; i++) {
    const fits = parameters[i]!(frame, args[i]!);
    if (fits === false) return false;
    if (truth === true) truth = fits;
  }
  return truth;
}

/**
 * `… else …`: the first branch that holds gives the value. After an unknown branch a later one may apply, so the value
 * is certain only if a later branch is certain and all of them agree.
 */
function runChain(
  clause: CompiledClause,
  frame: Frame,
  initial: Unknown | null,
  answer: Answer,
  conflict: string,
): void {
  let doubt: Unknown | null = null;
  const possible: Value[] = [];
  for (const branch of clause.branches) {
    const own = new Answer(conflict);
    frame.slots[clause.slots - 1] = own;
    branch(frame, initial);
    const value = own.result();
    if (value === undefined) continue;
    if (!(value instanceof Unknown)) {
      const agreed = possible.every((other) => isEqual(other, value) === true);
      if (!agreed) addAll(answer, possible, doubt);
      answer.add(value, agreed ? null : doubt);
      return;
    }
    if (own.open || own.value !== undefined) {
      answer.add(value, null);
      return;
    }
    doubt ??= value;
    possible.push(...own.possible);
  }
  addAll(answer, possible, doubt);
}

function addAll(answer: Answer, values: readonly Value[], doubt: Unknown | null): void {
  for (const value of values) answer.add(value, doubt);
}
