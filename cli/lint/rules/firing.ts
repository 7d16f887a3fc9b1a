/** Whether a rule can fire at all, and whether it fires on purpose. */
import type { Core, CoreLiteral, HelperGroup } from '../../../src/engine/core.js';
import { partsOf, literalParts } from '../../../src/engine/core-walk.js';
import { needsOf } from '../../../src/engine/index-key.js';
import { decisionFrames, stepName, type DecisionFrame } from '../frame.js';
import { defineRule, type Meaning } from '../rule.js';

/** Rules that take part in decisions, with the clauses they were written in. */
function inForce({ program }: Meaning): readonly DecisionFrame[] {
  return decisionFrames(program).filter(({ owner }) => !owner.shadow);
}

export const alwaysFires = defineRule({
  id: 'always-fires',
  category: 'security',
  level: 'error',
  doc: 'An allow, deny or review has a condition.',
  needsMeaning: true,
  check: ({ meaning }, report) => {
    for (const { owner: group, clause } of meaning === null ? [] : inForce(meaning)) {
      if (group.effect === 'mask' || group.effect === 'limit' || clause.body.literals.length > 0) continue;
      const what = { allow: 'allows', deny: 'denies', review: 'asks a review for' }[group.effect];
      report({
        source: clause.source,
        span: clause.written.name?.span ?? clause.span,
        message: `\`${group.id}\` ${what} every command of everybody on every target`,
        help: 'say when: `if target.name == "orders"`, or an `applies` for the file',
      });
    }
  },
});

export const broadAllow = defineRule({
  id: 'broad-allow',
  category: 'security',
  level: 'warning',
  doc: 'An allow says whom it is for and which targets it is about.',
  needsMeaning: true,
  check: ({ meaning }, report) => {
    for (const { owner: group, clause } of meaning === null ? [] : inForce(meaning)) {
      if (group.effect !== 'allow' || clause.body.literals.length === 0) continue;
      const roots = rootsRead(clause.body.literals);
      const missing = [
        ...(roots.has('identity') ? [] : ['everybody']),
        ...(roots.has('target') || roots.has('session') ? [] : ['every target']),
      ];
      if (missing.length === 0) continue;
      report({
        source: clause.source,
        span: clause.written.name?.span ?? clause.span,
        message: `\`${group.id}\` holds for ${missing.join(' and for ')}`,
        help: 'ask for a group (`"ci" in identity.groups`) and a target (`target.name == "orders"`)',
      });
    }
  },
});

/** The facts that conditions read, through helper rules too. */
function rootsRead(literals: readonly CoreLiteral[]): ReadonlySet<string> {
  const roots = new Set<string>();
  const seen = new Set<HelperGroup>();
  const enter = (core: Core): void => {
    if (core.kind === 'fact') roots.add(core.root);
    if (core.kind === 'step' && core.base.kind === 'input') roots.add(stepName(core.key) ?? '');
    if (core.kind === 'rule') enterGroup(core.rule);
    if (core.kind === 'call' && 'clauses' in core.callee) enterGroup(core.callee);
    partsOf(core).forEach(enter);
  };
  const enterGroup = (group: HelperGroup): void => {
    if (seen.has(group)) return;
    seen.add(group);
    if (group.default !== null) enter(group.default);
    for (const { body, value } of group.clauses.flatMap(({ branches }) => branches)) {
      body.literals.flatMap(literalParts).forEach(enter);
      enter(value);
    }
  };
  literals.flatMap(literalParts).forEach(enter);
  return roots;
}

export const unindexedAllow = defineRule({
  id: 'unindexed-allow',
  category: 'performance',
  level: 'warning',
  doc: 'An allow asks for something that the index can look up, so that it costs nothing elsewhere.',
  needsMeaning: true,
  check: ({ meaning, schema }, report) => {
    if (meaning === null) return;
    const { world, program } = meaning;
    for (const group of program.decisions) {
      if (group.shadow || group.effect !== 'allow') continue;
      if (group.clauses.every(({ body }) => body.literals.length === 0)) continue;
      if (needsOf(group, { schema, promised: world.promised }).size > 0) continue;
      report({
        source: group.source,
        span: group.span,
        message: `\`${group.id}\` is evaluated for every command, whatever its target`,
        help: 'compare a fact with a literal in each body, or in `applies`: `target.type == "postgres"`',
      });
    }
  },
});
