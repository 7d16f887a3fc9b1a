/** Random statements and files, over the expressions of arbitrary.ts. */
import fc from 'fast-check';
import type { Body, Expression, Module, Reference, Statement, Variable } from '../../../grammar/ast.js';
import { Source } from '../../../grammar/source.js';
import { name, span, string, tree } from './arbitrary.js';

const identifier = name.map((word) => ({ kind: 'identifier' as const, name: word, span }));
const optional = fc.option(tree.expression, { nil: null });
const optionalBody = fc.option(tree.body, { nil: null });

const statement: fc.Arbitrary<Statement> = fc.oneof(
  fc
    .tuple(tree.body, optionalBody)
    .map(([body, unless]): Statement => ({ kind: 'applies', doc: null, body, unless, span })),
  fc
    .tuple(
      fc.boolean(),
      identifier,
      fc.oneof(string, tree.template),
      optionalBody,
      optionalBody,
      tree.expression,
    )
    .chain(([shadow, rule, reason, body, unless, by]) => {
      const base = { kind: 'decision-rule' as const, doc: null, shadow, name: rule, body, unless, span };
      return fc.constantFrom<Statement>(
        { ...base, effect: 'allow', name: null, reason: null },
        { ...base, effect: 'allow', reason },
        { ...base, effect: 'deny', reason },
        {
          ...base,
          effect: 'review',
          reason,
          by,
          quorum: { kind: 'number', text: '2', span },
          within: null,
        },
        {
          ...base,
          effect: 'review',
          reason,
          by,
          quorum: null,
          within: { kind: 'duration', text: '30m', nanoseconds: 1800e9, span },
        },
        {
          ...base,
          effect: 'mask',
          selectors: [
            { kind: 'selector', by: 'column', value: 'a.b', span },
            { kind: 'selector', by: 'column', value: 'c.d', span },
            { kind: 'selector', by: 'pattern', value: 'credit_card', span },
          ],
          method: {
            kind: 'mask-method',
            name: 'partial',
            argument: { kind: 'number', text: '4', span },
            span,
          },
        },
        { ...base, effect: 'limit', unit: 'bytes', amount: { kind: 'number', text: '10', span } },
      );
    }),
  fc
    .tuple(
      identifier,
      fc.array(tree.step, { maxLength: 2 }),
      fc.oneof(
        optional.map((value) => ({ kind: 'value' as const, value })),
        tree.expression.map((element) => ({ kind: 'contains' as const, element })),
        fc.record({
          kind: fc.constant('function' as const),
          parameters: fc.array(tree.pattern, { maxLength: 2 }),
          value: optional,
        }),
      ),
      optionalBody,
      fc.array(
        fc.record({
          kind: fc.constant('else' as const),
          value: optional,
          body: optionalBody,
          span: fc.constant(span),
        }),
        { maxLength: 2 },
      ),
    )
    .map(([rule, path, head, body, alternatives]): Statement => ({
      kind: 'helper-rule',
      doc: null,
      name: rule,
      path,
      head: head.kind === 'contains' ? head : saysSomething(head, body),
      body,
      alternatives: alternatives.map((branch) => saysSomething(branch, branch.body)),
      span,
    })),
  fc
    .tuple(identifier, fc.option(fc.array(tree.pattern, { maxLength: 2 }), { nil: null }), tree.expression)
    .map(([rule, parameters, value]): Statement => ({
      kind: 'default-rule',
      doc: null,
      name: rule,
      path: [],
      parameters,
      value,
      span,
    })),
  fc
    .tuple(
      string,
      fc.option(fc.tuple(tree.pattern, tree.expression), { nil: null }),
      fc.array(fc.tuple(tree.path, tree.expression), { maxLength: 2 }),
      fc.array(
        fc.oneof(
          tree.literal,
          fc.tuple(
            fc.oneof(string, fc.constant<Variable>({ kind: 'variable', name: 'query', span })),
            tree.modifiers,
          ),
        ),
        {
          maxLength: 4,
        },
      ),
    )
    .map(([title, table, givens, rows]): Statement => ({
      kind: 'test-block',
      doc: null,
      title,
      table: table && {
        kind: 'some',
        key: null,
        value: table[0],
        collection: table[1],
        modifiers: [],
        span,
      },
      givens: givens.map(([target, value]) => ({ kind: 'given', target, value, span })),
      rows: rows.map((row) =>
        Array.isArray(row)
          ? {
              kind: 'command-row',
              protocol: 'sql',
              command: row[0],
              modifiers: row[1],
              expectation: {
                kind: 'expectation',
                effect: 'deny',
                ruleIds: [{ kind: 'identifier', name: 'a.b', span }],
                masks: [
                  {
                    kind: 'expected-mask',
                    columns: [{ kind: 'string', value: 'c.d', raw: false, span }],
                    method: { kind: 'mask-method', name: 'redact', argument: null, span },
                    span,
                  },
                ],
                reviewers: [{ kind: 'string', value: 'dba', raw: false, span }],
                quorum: { kind: 'number', text: '2', span },
                within: { kind: 'duration', text: '30m', nanoseconds: 1800e9, span },
                limits: [
                  {
                    kind: 'expected-limit',
                    unit: 'rows',
                    amount: { kind: 'number', text: '10', span },
                    span,
                  },
                ],
                shadows: [{ kind: 'identifier', name: 'a.c', span }],
                span,
              },
              span,
            }
          : { kind: 'condition-row', literal: row, span },
      ),
      span,
    })),
  // `given contains["x"]` gathers an array.
  fc.tuple(tree.path.filter(isPlain), tree.expression).map(([target, value]): Statement => ({
    kind: 'shared-given',
    doc: null,
    given: { kind: 'given', target, value, span },
    span,
  })),
);

function isPlain(path: Reference | Variable): boolean {
  return path.kind === 'variable' || path.base.kind !== 'variable' || path.base.name !== 'contains';
}

/** A rule or branch without a body has a value. */
function saysSomething<T extends { readonly value: Expression | null }>(part: T, body: Body | null): T {
  return part.value === null && body === null ? { ...part, value: { kind: 'null', span } } : part;
}

/** After a body without braces, `with contains …` is the modifier of its last condition: no text has such a rule there. */
function reachable(statement: Statement, at: number): Statement {
  const modifies =
    at > 0 &&
    statement.kind === 'helper-rule' &&
    statement.name.name === 'with' &&
    statement.head.kind === 'contains';
  return modifies ? { ...statement, name: { ...statement.name, name: 'without' } } : statement;
}

export const moduleTree: fc.Arbitrary<Module> = fc
  .array(statement, { minLength: 1, maxLength: 3 })
  .map((statements) => ({
    kind: 'module',
    source: new Source('random.rules', ''),
    package: { kind: 'package-name', path: ['random', 'if', 'a-b'], span },
    imports: [
      {
        kind: 'import',
        path: ['data', 'teams', 'x y'],
        alias: { kind: 'identifier', name: 'z', span },
        span,
      },
    ],
    statements: statements.map(reachable),
    comments: [],
    span,
  }));
