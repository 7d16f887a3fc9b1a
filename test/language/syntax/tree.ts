/** Trees as short text for the golden files: `(+ a (* b c))`. */
import type {
  Body,
  Expression,
  Literal,
  MaskMethod,
  PathStep,
  Pattern,
  Statement,
  WithModifier,
} from '../../../grammar/ast.js';

function list(name: string, parts: readonly (string | null)[]): string {
  return `(${[name, ...parts.filter((part) => part !== null && part !== '')].join(' ')})`;
}

export function showExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(expression.value);
    case 'number':
    case 'duration':
      return expression.kind === 'number'
        ? expression.text
        : `${expression.text}=${expression.nanoseconds}ns`;
    case 'string':
      return JSON.stringify(expression.value);
    case 'template':
      return list(
        expression.raw ? 'raw-template' : 'template',
        expression.parts.map((part) =>
          part.kind === 'text' ? JSON.stringify(part.value) : `{${showExpression(part.expression)}}`,
        ),
      );
    case 'array':
    case 'set':
      return list(expression.kind, expression.elements.map(showExpression));
    case 'object':
      return list(
        'object',
        expression.entries.map(({ key, value }) => `${showExpression(key)}: ${showExpression(value)}`),
      );
    case 'comprehension':
      return list(`${expression.of}-of`, [
        expression.key && `${showExpression(expression.key)}:`,
        showExpression(expression.value),
        showBody(expression.body),
      ]);
    case 'variable':
      return expression.name;
    case 'reference':
      return `${showExpression(expression.base)}${expression.steps.map(showStep).join('')}`;
    case 'call':
      return list('call', [showExpression(expression.callee), ...expression.arguments.map(showExpression)]);
    case 'unary':
      return list(expression.operator, [showExpression(expression.operand)]);
    case 'binary':
      return list(expression.operator, [showExpression(expression.left), showExpression(expression.right)]);
    case 'membership':
      return list(expression.negated ? 'not-in' : 'in', [
        expression.key && `${showExpression(expression.key)},`,
        showExpression(expression.value),
        showExpression(expression.collection),
      ]);
    case 'has':
      return list('has', [showExpression(expression.path)]);
  }
}

function showStep(step: PathStep): string {
  return step.kind === 'field' ? `.${step.name}` : `[${showExpression(step.index)}]`;
}

function showPattern(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'variable-pattern':
      return `?${pattern.name}`;
    case 'wildcard-pattern':
      return '?_';
    case 'array-pattern':
      return list('array', pattern.elements.map(showPattern));
    case 'object-pattern':
      return list(
        'object',
        pattern.entries.map(({ key, value }) => `${showExpression(key)}: ${showPattern(value)}`),
      );
    case 'constant-pattern':
      return showExpression(pattern.value);
  }
}

function showBody(body: Body): string {
  return list(body.braces ? 'body' : 'body-on-line', body.literals.map(showLiteral));
}

function showLiteral(literal: Literal): string {
  const modifiers = literal.modifiers.map(showModifier);
  if (modifiers.length === 0) return showBareLiteral(literal);
  return list('with', [showBareLiteral(literal), ...modifiers]);
}

function showModifier({ target, value }: WithModifier): string {
  return `${showExpression(target)}=${showExpression(value)}`;
}

function showBareLiteral(literal: Literal): string {
  switch (literal.kind) {
    case 'condition':
      return showExpression(literal.expression);
    case 'assign':
      return list(':=', [showPattern(literal.pattern), showExpression(literal.value)]);
    case 'some':
    case 'every':
      return list(literal.kind, [
        literal.key && `${showPattern(literal.key)},`,
        showPattern(literal.value),
        showExpression(literal.collection),
        literal.kind === 'every' ? showBody(literal.body) : null,
      ]);
    case 'not-body':
      return list('not', [showBody(literal.body)]);
  }
}

function showConditions(body: Body | null, unless: Body | null = null): string[] {
  return [...(body ? [`if ${showBody(body)}`] : []), ...(unless ? [`unless ${showBody(unless)}`] : [])];
}

export function showStatement(statement: Statement): string {
  switch (statement.kind) {
    case 'applies':
      return list('applies', showConditions(statement.body, statement.unless));
    case 'decision-rule':
      return list(`${statement.shadow ? 'shadow-' : ''}${statement.effect}`, [
        statement.name?.name ?? null,
        ...showClauses(statement),
        ...showConditions(statement.body, statement.unless),
      ]);
    case 'helper-rule': {
      const { head } = statement;
      const value = head.kind === 'contains' ? head.element : head.value;
      return list('rule', [
        `${statement.name.name}${statement.path.map(showStep).join('')}`,
        head.kind === 'function' ? list('parameters', head.parameters.map(showPattern)) : null,
        value && `${head.kind === 'contains' ? 'contains' : ':='} ${showExpression(value)}`,
        ...showConditions(statement.body),
        ...statement.alternatives.map(({ value: other, body }) =>
          list('else', [other && showExpression(other), ...showConditions(body)]),
        ),
      ]);
    }
    case 'default-rule':
      return list('default', [
        `${statement.name.name}${statement.path.map(showStep).join('')}`,
        statement.parameters && list('parameters', statement.parameters.map(showPattern)),
        showExpression(statement.value),
      ]);
    case 'test-block':
      return list('test', [
        JSON.stringify(statement.title.value),
        statement.table && list('for-each', [showLiteral(statement.table)]),
        ...statement.givens.map(({ target, value }) =>
          list('given', [showExpression(target), showExpression(value)]),
        ),
        ...statement.rows.map(showRow),
      ]);
    case 'shared-given':
      return list('given', [showExpression(statement.given.target), showExpression(statement.given.value)]);
  }
}

type Row = Extract<Statement, { kind: 'test-block' }>['rows'][number];

function showRow(row: Row): string {
  if (row.kind === 'condition-row') return showLiteral(row.literal);
  const { effect, ruleIds, masks, reviewers, quorum, within, limits, shadows } = row.expectation;
  return list(row.protocol, [
    showExpression(row.command),
    ...row.modifiers.map((modifier) => list('with', [showModifier(modifier)])),
    list(effect, [
      ...ruleIds.map(({ name }) => name),
      ...masks.map(({ columns, method }) =>
        [`mask=${columns.map(({ value }) => value).join('+')}`, ...(method ? [showMethod(method)] : [])].join(
          '=',
        ),
      ),
      ...reviewers.map(({ value }) => `by=${value}`),
      quorum && `quorum=${quorum.text}`,
      within && `within=${within.text}`,
      ...limits.map(({ unit, amount }) => `${unit}=${amount.text}`),
      ...shadows.map(({ name }) => `shadow=${name}`),
    ]),
  ]);
}

function showMethod({ name, argument }: MaskMethod): string {
  return list(name, [argument && showExpression(argument)]);
}

type Decision = Extract<Statement, { kind: 'decision-rule' }>;

function showClauses(rule: Decision): string[] {
  switch (rule.effect) {
    case 'allow':
      return rule.reason ? [showExpression(rule.reason)] : [];
    case 'deny':
      return [showExpression(rule.reason)];
    case 'review':
      return [
        showExpression(rule.reason),
        `by ${showExpression(rule.by)}`,
        ...(rule.quorum ? [`quorum ${rule.quorum.text}`] : []),
        ...(rule.within ? [`within ${rule.within.text}`] : []),
      ];
    case 'mask':
      return [...rule.selectors.map(({ by, value }) => list(by, [value])), showMethod(rule.method)];
    case 'limit':
      return [rule.unit, rule.amount.text];
  }
}
