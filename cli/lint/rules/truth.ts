/** Conditions that say less, or more, than they seem to. */
import type { Binary, Expression } from '../../../grammar/ast.js';
import { printExpression } from '../../../grammar/print/printer.js';
import type { Source } from '../../../grammar/source.js';
import type { HelperGroup } from '../../../src/engine/core.js';
import { partsOf } from '../../../src/engine/core-walk.js';
import type { Core } from '../../../src/engine/core.js';
import { removeLiteral, replaceBy } from '../edit.js';
import type { Fix } from '../finding.js';
import { coreAt, factAt, inParentheses, isLiteral, isTruth, textOf } from '../placed.js';
import { defineRule, isTest, type LintSet } from '../rule.js';
import { around } from '../walk.js';

export const constantCondition = defineRule({
  id: 'constant-condition',
  category: 'bug',
  level: 'error',
  doc: 'A condition depends on a fact.',
  needsMeaning: true,
  check: (set, report) => {
    for (const module of set.modules.filter((one) => !isTest(one))) {
      for (const placed of set.nodes(module)) {
        const { node } = placed;
        // Tests use examples.
        if (node.kind !== 'condition' || around(placed, 'test-block') !== null) continue;
        const found = coreAt(set, module.source, node.expression);
        if (found === null || !isFixed(found.core)) continue;
        report({
          source: module.source,
          span: node.span,
          message: `\`${textOf(module.source, node.expression)}\` is the same for every command`,
          help: 'delete it, or use the fact that was meant',
        });
      }
    }
  },
});

function isFixed(core: Core): boolean {
  const depends = ['input', 'fact', 'rule', 'document', 'local', 'every', 'exists', 'comprehension'];
  if (depends.includes(core.kind) || core.kind === 'with') return false;
  if (core.kind === 'call' && 'clauses' in core.callee) return false;
  return partsOf(core).every(isFixed);
}

export const duplicateCondition = defineRule({
  id: 'duplicate-condition',
  category: 'bug',
  level: 'warning',
  doc: 'A body has each condition only once.',
  fixes: true,
  check: (set, report) => {
    for (const module of set.modules) {
      const { source } = module;
      for (const placed of set.nodes(module)) {
        const { node } = placed;
        if (node.kind === 'binary' && (node.operator === 'and' || node.operator === 'or') && twice(node))
          report({
            source,
            span: node.right.span,
            message: `both sides of \`${node.operator}\` are the same`,
            help: 'delete one, or write what was meant',
            fix: isTruth(placed) ? replaceBy(source, node.span, inParentheses(source, node.left)) : null,
          });
        if (node.kind !== 'body') continue;
        const seen = new Set<string>();
        for (const literal of node.literals) {
          if (literal.kind !== 'condition' || literal.modifiers.length > 0) continue;
          const text = printExpression(literal.expression);
          if (seen.has(text))
            report({
              source,
              span: literal.span,
              message: `\`${text}\` appears twice`,
              help: 'delete one, or write what was meant',
              fix: removeLiteral(module, node, literal),
            });
          seen.add(text);
        }
      }
    }
  },
});

function twice({ left, right }: Binary): boolean {
  return printExpression(left) === printExpression(right);
}

export const booleanComparison = defineRule({
  id: 'boolean-comparison',
  category: 'style',
  level: 'warning',
  doc: 'A boolean is written `x` or `not x`, not `x == true`.',
  fixes: true,
  check: (set, report) => {
    for (const module of set.modules) {
      for (const placed of set.nodes(module)) {
        const { node } = placed;
        if (node.kind !== 'binary' || (node.operator !== '==' && node.operator !== '!=')) continue;
        const [truth, other] =
          node.right.kind === 'boolean' ? [node.right, node.left] : [node.left, node.right];
        if (truth.kind !== 'boolean' || other.kind === 'boolean') continue;
        if (isDynamic(set, module.source, other)) continue;
        const positive = truth.value === (node.operator === '==');
        const shown = textOf(module.source, other);
        report({
          source: module.source,
          span: node.span,
          message: `the comparison with \`${truth.value}\` is redundant`,
          help: `write \`${positive ? shown : `not ${shown}`}\``,
          fix:
            isTruth(placed) && staysSame(set, module.source, other, node.operator, truth.value)
              ? replaceBy(
                  module.source,
                  node.span,
                  positive ? shown : `not ${inParentheses(module.source, other)}`,
                )
              : null,
        });
      }
    }
  },
});

/** For a value of any type the comparison tells which it is: the text "false" is not `false`, and holds alone. */
function isDynamic(set: LintSet, source: Source, other: Expression): boolean {
  const found = coreAt(set, source, other);
  const type = found === null ? undefined : set.meaning?.world.types?.get(found.core);
  return type === undefined || type.kind === 'json';
}

/**
 * `x == true` equals `x` for any boolean. `x == false` equals `not x` only if `x` is always present: on an absent value the
 * first does not hold and the second does.
 */
function staysSame(
  set: LintSet,
  source: Source,
  other: Expression,
  operator: string,
  truth: boolean,
): boolean {
  const fact = factAt(set, source, other);
  if (fact?.field?.type.kind === 'boolean')
    return fact.field.optional !== true || (operator === '==' && truth);
  const found = coreAt(set, source, other);
  return operator === '==' && truth && found?.core.kind === 'rule' && isBoolean(found.core.rule);
}

function isBoolean(group: HelperGroup): boolean {
  const values = group.clauses.flatMap(({ branches }) => branches.map(({ value }) => value));
  return (
    group.kind === 'complete' &&
    [...values, ...(group.default === null ? [] : [group.default])].every(
      (value) => value.kind === 'constant' && typeof value.value === 'boolean',
    )
  );
}

export const doubleNegation = defineRule({
  id: 'double-negation',
  category: 'style',
  level: 'warning',
  doc: 'A condition is not negated twice.',
  fixes: true,
  check: (set, report) => {
    for (const module of set.modules) {
      for (const placed of set.nodes(module)) {
        const { node } = placed;
        if (node.kind !== 'unary' || node.operator !== 'not') continue;
        const inner = undone(module.source, node.operand);
        if (inner === null) continue;
        report({
          source: module.source,
          span: node.span,
          message: 'the condition is negated twice',
          help: 'remove both `not`s',
          fix: inner.exact && isLiteral(placed) ? replaceBy(module.source, node.span, inner.text) : null,
        });
      }
    }
  },
});

/** The rest of an operand of `not` without its own negation. `not (a != b)` also holds if `a` is absent. */
function undone(
  source: Source,
  operand: Expression,
): { readonly text: string; readonly exact: boolean } | null {
  if (operand.kind === 'unary' && operand.operator === 'not')
    return { text: inParentheses(source, operand.operand), exact: true };
  if (operand.kind === 'membership' && operand.negated && operand.key === null)
    return {
      text: `${inParentheses(source, operand.value)} in ${inParentheses(source, operand.collection)}`,
      exact: true,
    };
  return operand.kind === 'binary' && operand.operator === '!=' ? { text: '', exact: false } : null;
}

export const unlessNot = defineRule({
  id: 'unless-not',
  category: 'style',
  level: 'warning',
  doc: 'An exception has no double negation: `unless not x` is `if x`.',
  fixes: true,
  check: (set, report) => {
    for (const { statements, source } of set.modules) {
      for (const rule of statements) {
        if (rule.kind !== 'decision-rule' && rule.kind !== 'applies') continue;
        const [only, ...more] = rule.unless?.literals ?? [];
        if (only?.kind !== 'condition' || more.length > 0) continue;
        const turned = turnAround(source, only.expression);
        if (turned === null) continue;
        report({
          source,
          span: only.span,
          message: '`unless not` means `if`, and is easy to misread',
          help: `add \`${turned}\` to the conditions`,
          fix: rule.unless === null ? null : moveIntoBody(source, rule.body, rule.unless, turned),
        });
      }
    }
  },
});

/** The operand of a negated expression. */
function turnAround(source: Source, expression: Expression): string | null {
  if (expression.kind === 'unary' && expression.operator === 'not') return textOf(source, expression.operand);
  if (expression.kind === 'membership' && expression.negated && expression.key === null)
    return `${textOf(source, expression.value)} in ${textOf(source, expression.collection)}`;
  return null;
}

interface Written {
  readonly span: { readonly start: number; readonly end: number };
  readonly braces: boolean;
}

function moveIntoBody(source: Source, body: Written | null, unless: Written, condition: string): Fix | null {
  const keyword = source.text.lastIndexOf('unless', unless.span.start);
  const clause = { start: keyword, end: unless.span.end };
  const title = 'move it into the conditions';
  if (body === null) return { title, edits: [{ source, span: clause, text: `if ${condition}` }] };
  if (source.text.slice(body.span.end, keyword).trim() !== '') return null;
  const inside = source.text.slice(body.span.start, body.span.end);
  const text = body.braces
    ? `${inside.slice(0, -1).trimEnd()}\n${condition}\n}`
    : `{\n${inside}\n${condition}\n}`;
  return { title, edits: [{ source, span: { start: body.span.start, end: clause.end }, text }] };
}
