/** Shorter ways to say the same. */
import type { Binary, BinaryOperator, Expression, Reference } from '../../../grammar/ast.js';
import { printExpression } from '../../../grammar/print/printer.js';
import type { Source } from '../../../grammar/source.js';
import { replaceBy } from '../edit.js';
import { inParentheses, isConstant, isLiteral, isTruth, standing, textOf } from '../placed.js';
import { defineRule, isTest } from '../rule.js';

export const negatedMembership = defineRule({
  id: 'negated-membership',
  category: 'style',
  level: 'warning',
  doc: 'Non-membership is written `not in`.',
  fixes: true,
  check: (set, report) => {
    for (const module of set.modules) {
      const { source } = module;
      for (const placed of set.nodes(module)) {
        const { node } = placed;
        if (node.kind !== 'unary' || node.operator !== 'not' || node.operand.kind !== 'membership') continue;
        const { key, negated, value, collection } = node.operand;
        if (key !== null || negated) continue;
        const text = `${inParentheses(source, value)} not in ${inParentheses(source, collection)}`;
        report({
          source,
          span: node.span,
          message: '`not … in` is easy to misread',
          help: 'write `x not in xs`',
          fix: replaceBy(source, node.span, standing(placed, text)),
        });
      }
    }
  },
});

export const singleMember = defineRule({
  id: 'single-member',
  category: 'style',
  level: 'warning',
  doc: 'A comparison with one value uses `==`.',
  fixes: true,
  check: (set, report) => {
    for (const module of set.modules) {
      const { source } = module;
      for (const placed of set.nodes(module)) {
        const { node } = placed;
        if (node.kind !== 'membership' || node.key !== null || node.negated) continue;
        if (node.collection.kind !== 'set' && node.collection.kind !== 'array') continue;
        const [only, ...more] = node.collection.elements;
        if (only === undefined || more.length > 0 || !isConstant(only)) continue;
        const text = `${inParentheses(source, node.value)} == ${textOf(source, only)}`;
        report({
          source,
          span: node.span,
          message: 'the collection has one member',
          help: `write \`${text}\``,
          fix: isTruth(placed) ? replaceBy(source, node.span, standing(placed, text)) : null,
        });
      }
    }
  },
});

export const equalityChain = defineRule({
  id: 'equality-chain',
  category: 'style',
  level: 'warning',
  doc: 'Alternatives for one value are written as a set.',
  fixes: true,
  check: (set, report) => {
    for (const module of set.modules) {
      const { source } = module;
      for (const placed of set.nodes(module)) {
        const { node, parent } = placed;
        if (node.kind !== 'binary' || node.operator !== 'or') continue;
        if (parent?.node.kind === 'binary' && parent.node.operator === 'or') continue;
        const sides = alternatives(node).map(equality);
        const [first] = sides;
        if (first === null || first === undefined || !sides.every((side) => side?.subject === first.subject))
          continue;
        const values = sides.map((side) => textOf(source, side!.value)).join(', ');
        report({
          source,
          span: node.span,
          message: `\`${first.subject}\` is compared ${sides.length} times`,
          help: `write \`${first.subject} in {${values}}\``,
          fix: isTruth(placed)
            ? replaceBy(
                source,
                node.span,
                standing(placed, `${inParentheses(source, first.written)} in {${values}}`),
              )
            : null,
        });
      }
    }
  },
});

function alternatives(node: Expression): Expression[] {
  return node.kind === 'binary' && node.operator === 'or'
    ? [...alternatives(node.left), ...alternatives(node.right)]
    : [node];
}

function equality(node: Expression) {
  if (node.kind !== 'binary' || node.operator !== '==') return null;
  const [written, value] = isConstant(node.left) ? [node.right, node.left] : [node.left, node.right];
  return isConstant(value) && !isConstant(written)
    ? { subject: printExpression(written), written, value }
    : null;
}

/** The operator that says the same with its sides exchanged. */
const mirrored: Partial<Record<BinaryOperator, string>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

export const literalFirst = defineRule({
  id: 'literal-first',
  category: 'style',
  level: 'warning',
  doc: 'In a comparison the literal is on the right.',
  fixes: true,
  check: (set, report) => {
    for (const module of set.modules) {
      const { source } = module;
      for (const placed of set.nodes(module)) {
        const { node } = placed;
        if (node.kind !== 'binary') continue;
        const operator = mirrored[node.operator];
        if (operator === undefined || !isConstant(node.left) || isConstant(node.right)) continue;
        const text = `${inParentheses(source, node.right)} ${operator} ${textOf(source, node.left)}`;
        report({
          source,
          span: node.span,
          message: 'the literal is on the left',
          help: `write \`${text}\``,
          fix: replaceBy(source, node.span, standing(placed, text)),
        });
      }
    }
  },
});

export const countForEmptiness = defineRule({
  id: 'count-for-emptiness',
  category: 'style',
  level: 'warning',
  doc: 'Existence is tested with `some`, `every` or `in`, not by counting.',
  check: (set, report) => {
    for (const module of set.modules) {
      for (const placed of set.nodes(module)) {
        const { node } = placed;
        if (node.kind !== 'binary' || !isLiteral(placed)) continue;
        const counted = countedIn(node);
        if (counted === null) continue;
        const help = adviceFor(counted.collection, counted.empty);
        if (help === null) continue;
        report({
          source: module.source,
          span: node.span,
          message: `members are counted only to see whether there are ${counted.empty ? 'none' : 'any'}`,
          help,
        });
      }
    }
  },
});

/** `count(xs) > 0` and similar; `empty` if it tests for none. */
function countedIn({ left, right, operator }: Binary) {
  if (left.kind !== 'call' || left.callee.kind !== 'variable' || left.callee.name !== 'count') return null;
  const [collection] = left.arguments;
  if (collection === undefined || right.kind !== 'number') return null;
  const asked = `${operator} ${right.text}`;
  if (['> 0', '>= 1', '!= 0'].includes(asked)) return { collection, empty: false };
  return ['== 0', '< 1', '<= 0'].includes(asked) ? { collection, empty: true } : null;
}

function adviceFor(collection: Expression, empty: boolean): string | null {
  if (collection.kind === 'comprehension')
    return empty ? 'wrap what follows its `|` in `not { … }`' : 'write what follows its `|` as conditions';
  if (collection.kind === 'binary' && collection.operator === '-')
    return empty
      ? 'write `every x in xs { x in {…} }`, which also decides if some parts are unknown'
      : 'write `some x in xs` and `x not in {…}`, which also decides if some parts are unknown';
  return empty ? null : 'write `some _ in xs`, which also decides if some parts are unknown';
}

export const inputPrefix = defineRule({
  id: 'input-prefix',
  category: 'style',
  level: 'warning',
  doc: 'Facts are written without `input.`.',
  fixes: true,
  check: (set, report) => {
    for (const module of set.modules.filter((one) => !isTest(one))) {
      for (const { node } of set.nodes(module)) {
        if (node.kind !== 'reference' || node.base.kind !== 'variable' || node.base.name !== 'input')
          continue;
        const [first] = node.steps;
        if (first?.kind !== 'field' || !Object.hasOwn(set.schema.roots, first.name)) continue;
        report({
          source: module.source,
          span: node.base.span,
          message: `\`input.${first.name}\` is \`${first.name}\``,
          help: 'remove `input.`',
          fix: withoutInput(module.source, node, first.name),
        });
      }
    }
  },
});

function withoutInput(source: Source, { base }: Reference, name: string) {
  const start = base.span.start;
  const end = source.text.indexOf(name, base.span.end);
  return source.text.slice(base.span.end, end).trim() === '.'
    ? { title: 'remove `input.`', edits: [{ source, span: { start, end }, text: '' }] }
    : null;
}

export const escapedPattern = defineRule({
  id: 'escaped-pattern',
  category: 'style',
  level: 'warning',
  doc: 'A regular expression with backslashes is written between backticks.',
  fixes: true,
  check: (set, report) => {
    for (const module of set.modules) {
      const { source } = module;
      for (const { node } of set.nodes(module)) {
        if (node.kind !== 'call' || !textOf(source, node.callee).startsWith('regex.')) continue;
        for (const argument of node.arguments) {
          if (argument.kind !== 'string' || argument.raw || !textOf(source, argument).includes('\\'))
            continue;
          if (/[`\n\r]/.test(argument.value) || !argument.value.includes('\\')) continue;
          report({
            source,
            span: argument.span,
            message: 'every backslash in the pattern is doubled',
            help: 'between backticks, backslashes need no escaping',
            fix: replaceBy(source, argument.span, `\`${argument.value}\``),
          });
        }
      }
    }
  },
});
