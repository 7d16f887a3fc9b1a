/** Makes a resolved rule set runnable, compiling each rule on first use. */
import { compileBody, compilePattern } from './body.js';
import { compileDecision } from './decision.js';
import { readDocument } from './document.js';
import { compileExpression } from './expression.js';
import { compileRule, type RuleCode } from './rule.js';
import type { Compiler, Evaluate } from './compiler.js';
import type { Context, Outcome } from '../context.js';
import type { Core, DecisionGroup, HelperGroup } from '../core.js';
import { documentAt } from '../document.js';
import type { World } from '../resolve/scope.js';
import type { Maybe, Value } from '../../values/value.js';

/** With `traced`, the code reports every value to the tracer of its context; without, tracing costs nothing. */
export function createCompiler({ schema, documents, promised, tolerated }: World, traced: boolean): Compiler {
  const rules = new Map<HelperGroup, RuleCode>();
  const decisions = new Map<DecisionGroup, (context: Context) => Outcome>();
  const codeOf = (group: HelperGroup) => cached(rules, group, () => compileRule(c, group));
  const c: Compiler = {
    schema,
    promised,
    tolerated,
    expression: (core) =>
      traced ? traceExpression(core, compileExpression(c, core)) : compileExpression(c, core),
    body: (body, next) => compileBody(c, body, next, traced),
    pattern: (pattern) => compilePattern(c, pattern),
    readHelper: (group, context) => {
      if (context.overrides.length > 0 && documentAt(documents, group.path).rule === group)
        return readDocument({ ...c, readHelper: readOnce }, documentAt(documents, group.path), context);
      return readOnce(group, context);
    },
    callFunction: (group, args, context) => nested(context, () => codeOf(group)(context, args)),
    readDecision: (group, context) => {
      const known = context.outcomes.get(group);
      if (known !== undefined) return known;
      const outcome = cached(decisions, group, () => compileDecision(c, group))(context);
      if (traced) context.tracer?.outcome(group, outcome);
      context.outcomes.set(group, outcome);
      return outcome;
    },
    readDocument: (document, context) => readDocument(c, document, context),
  };
  function readOnce(group: HelperGroup, context: Context): Maybe {
    const known = context.helpers.get(group);
    if (known !== undefined || context.helpers.has(group)) return known;
    const value = nested(context, () => codeOf(group)(context, noArguments));
    context.helpers.set(group, value);
    return value;
  }
  return c;
}

const noArguments: readonly Value[] = [];

function nested(context: Context, run: () => Maybe): Maybe {
  context.budget.enter();
  try {
    return run();
  } finally {
    context.budget.leave();
  }
}

function cached<K, V>(cache: Map<K, V>, key: K, make: () => V): V {
  let value = cache.get(key);
  if (value === undefined) {
    value = make();
    cache.set(key, value);
  }
  return value;
}

function traceExpression(core: Core, evaluate: Evaluate): Evaluate {
  return (frame) => {
    const value = evaluate(frame);
    frame.context.tracer?.value(core, value);
    return value;
  };
}
