/** Text that can be left out. */
import type { Expression, Literal, Module } from '../../../grammar/ast.js';
import { printExpression } from '../../../grammar/print/printer.js';
import { removeLiteral, replaceBy } from '../edit.js';
import { groupBy } from '../grouping.js';
import { inParentheses, isConstant, isLiteral, textOf } from '../placed.js';
import { defineRule, type LintSet } from '../rule.js';
import { around, type Placed } from '../walk.js';

/** Operators whose comparison with a literal does not hold if the other side is absent. */
/** The others need `has`, or define otherwise what absent means. */
const comparisons: ReadonlySet<string> = new Set(['==']);

export const redundantHas = defineRule({
  id: 'redundant-has',
  category: 'style',
  level: 'warning',
  doc: '`has` is used only where `==` or `in` does not imply it.',
  fixes: true,
  check: (set, report) => {
    for (const module of set.modules) {
      for (const { node } of set.nodes(module)) {
        if (node.kind !== 'body') continue;
        for (const literal of node.literals) {
          if (literal.kind !== 'condition' || literal.expression.kind !== 'has') continue;
          const path = printExpression(literal.expression.path);
          if (!node.literals.some((other) => other !== literal && needs(other, path))) continue;
          report({
            source: module.source,
            span: literal.span,
            message: `a comparison with \`${path}\` already requires it to be present`,
            help: 'remove `has`',
            fix: removeLiteral(module, node, literal),
          });
        }
      }
    }
  },
});

/** A comparison of the path, or of something below it, with literals. */
function needs(literal: Literal, path: string): boolean {
  if (literal.kind !== 'condition' || literal.modifiers.length > 0) return false;
  const subject = comparedWithLiterals(literal.expression);
  if (subject?.kind !== 'reference' && subject?.kind !== 'variable') return false;
  const text = printExpression(subject);
  return text === path || text.startsWith(`${path}.`) || text.startsWith(`${path}[`);
}

function comparedWithLiterals(expression: Expression): Expression | null {
  if (expression.kind === 'membership') {
    const { key, negated, value, collection } = expression;
    if (key !== null || negated || (collection.kind !== 'set' && collection.kind !== 'array')) return null;
    return collection.elements.every(isConstant) ? value : null;
  }
  if (expression.kind !== 'binary' || !comparisons.has(expression.operator)) return null;
  if (isConstant(expression.right)) return expression.left;
  return isConstant(expression.left) ? expression.right : null;
}

export const redundantDefault = defineRule({
  id: 'redundant-default',
  category: 'style',
  level: 'warning',
  doc: 'An absent condition does not hold anyway, so it needs no `?? false`.',
  fixes: true,
  check: (set, report) => {
    for (const module of set.modules) {
      const { source } = module;
      for (const placed of set.nodes(module)) {
        const { node } = placed;
        if (node.kind !== 'binary' || node.operator !== '??' || !isLiteral(placed)) continue;
        if (node.right.kind !== 'boolean' || node.right.value) continue;
        report({
          source,
          span: node.span,
          message: 'an absent value does not hold anyway',
          help: 'remove `?? false`',
          fix: replaceBy(source, node.span, inParentheses(source, node.left)),
        });
      }
    }
  },
});

export const redundantSome = defineRule({
  id: 'redundant-some',
  category: 'style',
  level: 'warning',
  doc: 'Membership is tested with `in`.',
  fixes: true,
  check: (set, report) => {
    for (const module of set.modules) {
      const { source } = module;
      const uses = usesByStatement(set, module);
      for (const placed of set.nodes(module)) {
        const { node } = placed;
        if (node.kind !== 'body') continue;
        for (const [index, literal] of node.literals.entries()) {
          const next = node.literals[index + 1];
          if (literal.kind !== 'some' || literal.key !== null || literal.value.kind !== 'variable-pattern')
            continue;
          const { name } = literal.value;
          const value = next === undefined ? null : comparedWith(next, name);
          if (value === null || uses.get(`${name} ${statementAround(placed)}`)?.length !== 1) continue;
          const text = `${textOf(source, value)} in ${inParentheses(source, literal.collection)}`;
          report({
            source,
            span: literal.span,
            message: `\`${name}\` is looked for one by one`,
            help: `write \`${text}\``,
            fix: replaceBy(source, { start: literal.span.start, end: next!.span.end }, text),
          });
        }
      }
    }
  },
});

/** Variables by their names and the positions of their statements. */
function usesByStatement(set: LintSet, module: Module) {
  const variables = set.nodes(module).filter(({ node }) => node.kind === 'variable');
  return groupBy(variables, (placed) =>
    placed.node.kind === 'variable' ? `${placed.node.name} ${statementAround(placed)}` : '',
  );
}

function statementAround(placed: Placed): number {
  return around(placed, 'decision-rule', 'helper-rule', 'applies', 'test-block')?.span.start ?? -1;
}

function comparedWith(literal: Literal, name: string): Expression | null {
  if (literal.kind !== 'condition' || literal.modifiers.length > 0) return null;
  const { expression } = literal;
  if (expression.kind !== 'binary' || expression.operator !== '==') return null;
  const isIt = (side: Expression) => side.kind === 'variable' && side.name === name;
  if (isIt(expression.left) && isConstant(expression.right)) return expression.right;
  return isIt(expression.right) && isConstant(expression.left) ? expression.left : null;
}

export const redundantTrue = defineRule({
  id: 'redundant-true',
  category: 'style',
  level: 'warning',
  doc: 'A rule that is true or not has no explicit value: `prod if …`.',
  fixes: true,
  check: (set, report) => {
    for (const { statements, source } of set.modules) {
      for (const rule of statements) {
        if (rule.kind !== 'helper-rule' || rule.body === null || rule.alternatives.length > 0) continue;
        if (rule.head.kind === 'contains' || rule.head.value?.kind !== 'boolean' || !rule.head.value.value)
          continue;
        const { span } = rule.head.value;
        const assign = source.text.lastIndexOf(':=', span.start);
        report({
          source,
          span,
          message: `\`${rule.name.name}\` is true by default where it holds`,
          help: `write \`${rule.name.name} if …\``,
          fix: {
            title: 'remove `:= true`',
            edits: [{ source, span: { start: assign, end: span.end }, text: '' }],
          },
        });
      }
    }
  },
});
