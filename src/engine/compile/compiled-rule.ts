/** A compiled decision rule: its code, and the constant parts of what decisions report about it. */
import { compileDecision } from './decision.js';
import type { Compiler } from './compiler.js';
import type { Context, Outcome } from '../context.js';
import type { DecisionGroup, DocumentNode, Program } from '../core.js';
import type { FiredRule } from '../decision.js';
import { rulesBelow } from '../document.js';

export interface CompiledRule {
  readonly group: DecisionGroup;
  readonly place: Omit<FiredRule, 'reasons'>;
  /** The outcome of the rule; compiled on first use. */
  readonly evaluate: (context: Context) => Outcome;
}

export function compileRules(
  c: Compiler,
  groups: readonly DecisionGroup[],
  remembered: (group: DecisionGroup) => boolean,
): CompiledRule[] {
  return groups.map((group) => {
    const { id, effect, source, span } = group;
    const place = { id, effect, file: source.path, line: source.position(span.start).line };
    return { group, place, evaluate: remembered(group) ? readRule(c, group) : ownRule(c, group) };
  });
}

/** Rules that other rules read are evaluated only once. */
function readRule(c: Compiler, group: DecisionGroup): CompiledRule['evaluate'] {
  return (context) => c.readDecision(group, context);
}

function ownRule(c: Compiler, group: DecisionGroup): CompiledRule['evaluate'] {
  let code: CompiledRule['evaluate'] | null = null;
  return (context) => {
    code ??= compileDecision(c, group);
    return code(context);
  };
}

/** The decision rules that rules read, by name or within a document. */
export function readByRules({ helpers, decisions }: Program): ReadonlySet<DecisionGroup> {
  const documents = new Set<DocumentNode>();
  const found = new Set<DecisionGroup>();
  for (const { uses } of [...helpers, ...decisions]) {
    for (const dependency of uses) {
      if (dependency.kind === 'document') documents.add(dependency);
      else if (dependency.kind === 'decision') found.add(dependency);
    }
  }
  for (const document of documents)
    for (const rule of rulesBelow(document)) if (rule.kind === 'decision') found.add(rule);
  return found;
}
