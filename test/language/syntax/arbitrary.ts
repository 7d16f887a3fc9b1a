/** Random trees, of the shapes that the parser makes and without places. */
import fc from 'fast-check';
import type {
  Body,
  Expression,
  Literal,
  PathStep,
  Pattern,
  StringLiteral,
  Template,
  Variable,
  Reference,
  WithModifier,
} from '../../../grammar/ast.js';
import { lexWords } from './words.js';

export const span = { start: 0, end: 0 };

/** Names, soft keywords among them; `_` and the reserved words name nothing. */
export const name = fc.oneof(
  fc.constantFrom('a', 'b', 'target', 'sql', 'x1', '_y', 'test', 'given', 'with', 'column', 'contains', 'by'),
  fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/).filter((word) => word !== '_' && !lexWords.has(word)),
);
/** After a dot every word is a name. */
const field = fc.oneof(name, fc.constantFrom('if', 'not', 'in', 'package', 'null', 'some', 'deny', 'else'));

/** Whole characters, the odd ones among them. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '"',
      '\\',
      '\n',
      '\t',
      '{',
      '}',
      '`',
      '#',
      '$',
      "'",
      '\u202e',
      '\u0000',
      '😀',
      'é',
      '\r',
      '\ufeff',
    ),
    fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme-ascii' }),
  ),
  maxLength: 8,
});
const rawText = text.map((value) => value.replace(/[`\r\0\u202e\ufeff\\]/g, ''));

export const string: fc.Arbitrary<StringLiteral> = fc.oneof(
  text.map((value): StringLiteral => ({ kind: 'string', value, raw: false, span })),
  rawText.map((value): StringLiteral => ({ kind: 'string', value, raw: true, span })),
);
const number = fc
  .constantFrom('0', '12', '1.5', '1e3', '2.5E-3', '28857836529306024611913')
  .map((digits): Expression => ({ kind: 'number', text: digits, span }));
const variable = name.map((word): Variable => ({ kind: 'variable', name: word, span }));

// An interface would not do: it has no index signature.
type Parts = {
  expression: Expression;
  path: Reference | Variable;
  template: Template;
  step: PathStep;
  body: Body;
  literals: Literal[];
  literal: Literal;
  pattern: Pattern;
  binding: Pattern;
  modifiers: WithModifier[];
};

const operators = [
  'or',
  'and',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '|',
  '&',
  '+',
  '-',
  '*',
  '/',
  '%',
  '??',
] as const;

export const tree = fc.letrec<Parts>((tie) => {
  const expressions = fc.array(tie('expression'), { maxLength: 3 });
  const optional = fc.option(tie('expression'), { nil: null });
  const steps = fc.array(tie('step'), { minLength: 1, maxLength: 3 });
  const entries = fc.array(fc.record({ key: tie('expression'), value: tie('expression') }), { maxLength: 3 });
  // What a dot or bracket follows directly; a reference would swallow the steps.
  const base = fc.oneof(
    variable,
    tie('expression').filter(({ kind }) => kind !== 'reference'),
  );
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      variable,
      number,
      string,
      fc.constantFrom<Expression>(
        { kind: 'null', span },
        { kind: 'boolean', value: true, span },
        { kind: 'duration', text: '30m', nanoseconds: 1800e9, span },
      ),
      tie('template'),
      fc.record({ kind: fc.constant('array' as const), elements: expressions, span: fc.constant(span) }),
      fc.record({ kind: fc.constant('set' as const), elements: expressions, span: fc.constant(span) }),
      fc.record({ kind: fc.constant('object' as const), entries, span: fc.constant(span) }),
      fc
        .tuple(
          fc.constantFrom('array', 'set', 'object'),
          tie('expression'),
          tie('expression'),
          tie('literals'),
        )
        .map(([of, key, value, literals]): Expression => ({
          kind: 'comprehension',
          of,
          key: of === 'object' ? key : null,
          value,
          body: { kind: 'body', braces: false, literals, span },
          span,
        })),
      fc.record({ kind: fc.constant('reference' as const), base, steps, span: fc.constant(span) }),
      fc.record({
        kind: fc.constant('call' as const),
        callee: tie('path').filter((path) => path.kind === 'variable' || path.steps.every(isDotted)),
        arguments: fc.array(tie('expression'), { minLength: 1, maxLength: 3 }),
        span: fc.constant(span),
      }),
      fc.record({
        kind: fc.constant('unary' as const),
        operator: fc.constantFrom('not' as const, '-' as const),
        operand: tie('expression'),
        span: fc.constant(span),
      }),
      fc.record({
        kind: fc.constant('binary' as const),
        operator: fc.constantFrom(...operators),
        left: tie('expression'),
        right: tie('expression'),
        span: fc.constant(span),
      }),
      fc
        .tuple(fc.boolean(), optional, tie('expression'), tie('expression'))
        .map(([negated, key, value, collection]): Expression => ({
          kind: 'membership',
          negated: key === null && negated,
          key,
          value,
          collection,
          span,
        })),
      fc.record({ kind: fc.constant('has' as const), path: tie('path'), span: fc.constant(span) }),
    ),
    path: fc.oneof(
      variable,
      fc.record({ kind: fc.constant('reference' as const), base: variable, steps, span: fc.constant(span) }),
    ),
    step: fc.oneof(
      field.map((word): PathStep => ({ kind: 'field', name: word, span })),
      string.map((index): PathStep => ({ kind: 'index', index, span })),
      tie('expression').map((index): PathStep => ({ kind: 'index', index, span })),
    ),
    template: fc
      .tuple(
        fc.boolean(),
        fc.array(fc.tuple(fc.oneof(text, rawText), fc.option(tie('expression'), { nil: null })), {
          maxLength: 3,
        }),
      )
      .map(([raw, parts]): Template => ({ kind: 'template', raw, parts: templateParts(raw, parts), span })),
    body: fc.tuple(fc.boolean(), tie('literals')).map(([asked, literals]): Body => {
      // On a line of its own an object pattern would be read as a body.
      const braces =
        asked || (literals[0]?.kind === 'assign' && literals[0].pattern.kind === 'object-pattern');
      return { kind: 'body', braces, literals: braces ? literals : literals.slice(0, 1), span };
    }),
    literals: fc.array(tie('literal'), { minLength: 1, maxLength: 3 }),
    literal: fc.oneof(
      fc.record({
        kind: fc.constant('condition' as const),
        expression: tie('expression'),
        modifiers: tie('modifiers'),
        span: fc.constant(span),
      }),
      fc.record({
        kind: fc.constant('assign' as const),
        pattern: tie('binding'),
        value: tie('expression'),
        modifiers: tie('modifiers'),
        span: fc.constant(span),
      }),
      fc.record({
        kind: fc.constant('some' as const),
        key: fc.option(tie('pattern'), { nil: null }),
        value: tie('pattern'),
        collection: tie('expression'),
        modifiers: tie('modifiers'),
        span: fc.constant(span),
      }),
      fc
        .tuple(
          fc.option(tie('pattern'), { nil: null }),
          tie('pattern'),
          tie('expression'),
          tie('literals'),
          tie('modifiers'),
        )
        .map(([key, value, collection, literals, modifiers]): Literal => ({
          kind: 'every',
          key,
          value,
          collection,
          body: { kind: 'body', braces: true, literals, span },
          modifiers,
          span,
        })),
      fc.tuple(tie('literals'), tie('modifiers')).map(([literals, modifiers]): Literal => ({
        kind: 'not-body',
        body: { kind: 'body', braces: true, literals, span },
        modifiers,
        span,
      })),
    ),
    pattern: fc.oneof(
      { depthSize: 'small' },
      name.map((word): Pattern => ({ kind: 'variable-pattern', name: word, span })),
      fc.constant<Pattern>({ kind: 'wildcard-pattern', span }),
      fc.oneof(string, number).map((value): Pattern => ({ kind: 'constant-pattern', value, span })),
      tie('binding'),
    ),
    binding: fc.oneof(
      { depthSize: 'small' },
      name.map((word): Pattern => ({ kind: 'variable-pattern', name: word, span })),
      fc.record({
        kind: fc.constant('array-pattern' as const),
        elements: fc.array(tie('pattern'), { maxLength: 3 }),
        span: fc.constant(span),
      }),
      fc.record({
        kind: fc.constant('object-pattern' as const),
        entries: fc.array(fc.record({ key: string, value: tie('pattern') }), { minLength: 1, maxLength: 3 }),
        span: fc.constant(span),
      }),
    ),
    modifiers: fc
      .array(
        fc.record({
          kind: fc.constant('with' as const),
          target: tie('path'),
          value: tie('expression'),
          span: fc.constant(span),
        }),
        { maxLength: 2, depthIdentifier: 'modifiers' },
      )
      .map((list) => list.slice(0, 1)),
  };
});

function isDotted(step: PathStep): boolean {
  return step.kind === 'field' || step.index.kind === 'string';
}

/** Texts and holes in turn: no empty text, and no two texts side by side. */
function templateParts(raw: boolean, parts: readonly [string, Expression | null][]): Template['parts'] {
  const result: Template['parts'][number][] = [];
  for (const [value, expression] of parts) {
    const clean = raw ? value.replace(/[`\r\0\u202e\ufeff\\]/g, '') : value;
    const last = result.at(-1);
    if (last?.kind === 'text') result.splice(-1, 1, { kind: 'text', value: last.value + clean });
    else if (clean !== '') result.push({ kind: 'text', value: clean });
    if (expression !== null) result.push({ kind: 'hole', expression });
  }
  return result;
}
