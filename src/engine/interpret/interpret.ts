/**
 * The tree walk: the semantics of a rule set, as plainly as possible, and slow. It is the oracle that tests compare the
 * compiled form with; nothing else runs it. It counts no steps, uses no index and never stops early.
 */
import type { Runnable } from '../compile/compile.js';
import type { Context, Memo } from '../context.js';
import type { DecisionGroup } from '../core.js';
import type { Decision } from '../decision.js';
import { matchPattern, solveBody } from './body.js';
import { combineRules, evaluateDecision } from './decision.js';
import { evaluateExpression } from './expression.js';
import { evaluateDocument, evaluateRule } from './rule.js';
import type { Interpreter } from './interpreter.js';
import { documentAt } from '../document.js';
import type { World } from '../resolve/scope.js';

export function createInterpreter({ schema, documents, promised, tolerated }: World): Interpreter {
  const w: Interpreter = {
    schema,
    documents,
    promised,
    tolerated,
    evaluate: (core, environment) => evaluateExpression(w, core, environment),
    solve: (body, environment, doubt = null) => solveBody(w, body, environment, doubt),
    match: (pattern, value, bound, context) => matchPattern(w, pattern, value, bound, context),
    readHelper: (group, context) => {
      const document = documentAt(documents, group.path);
      return document.rule === group ? w.readDocument(document, context) : w.callRule(group, [], context);
    },
    callRule: (group, args, context) => evaluateRule(w, group, args, context),
    readDecision: (group, context) =>
      once(context.outcomes, group, () => evaluateDecision(w, group, context)),
    readDocument: (document, context) =>
      once(context.documents, document, () => evaluateDocument(w, document, context)),
  };
  return w;
}

/** The value of a rule does not change while one command is decided. */
function once<K, V>(known: Memo<K, V>, key: K, find: () => V): V {
  if (!known.has(key)) known.set(key, find());
  return known.get(key)!;
}

/** The decision of a rule set, with every rule evaluated. */
export function interpretDecision(runnable: Runnable, context: Context): Decision {
  const w = createInterpreter(runnable.resolved.world);
  const evaluateRules = (groups: readonly DecisionGroup[]) =>
    groups.map((group) => ({ group, outcome: w.readDecision(group, context) }));
  return combineRules(
    evaluateRules(runnable.rules),
    evaluateRules(runnable.shadows),
    runnable.source.revision,
  );
}
