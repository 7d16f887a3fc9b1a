/** Deliberate small mistakes, one at a time: variants of a rule file. */
import type {
  BinaryOperator,
  Body,
  DecisionRule,
  Expression,
  Literal,
  Module,
  Statement,
  StringLiteral,
} from '../../grammar/ast.js';
import { never } from '../../src/errors.js';

export interface Mutant {
  /** `drop a condition`. */
  readonly what: string;
  /** One-based, in the file as it is. */
  readonly line: number;
  /** If several have the same number, the first that compiles is enough; null if it stands alone. */
  readonly choice: number | null;
  readonly module: Module;
}
interface Variant {
  readonly what: string;
  readonly at: number;
  readonly choice: number | null;
  readonly node: unknown;
}

const nowhere = { start: 0, end: 0 };

/** In source order. Many of them do not compile; the caller checks that. */
export function* mutantsOf(module: Module): Generator<Mutant> {
  const words = stringsOf(module.statements);
  for (const [index, statement] of module.statements.entries()) {
    if (isTest(statement)) continue;
    const others = module.statements.filter((_, at) => at !== index);
    const line = (offset: number): number => module.source.position(offset).line;
    const at = line(statement.span.start);
    yield { what: 'drop a rule', line: at, choice: null, module: { ...module, statements: others } };
    for (const variant of variantsOf(statement as unknown as Tree, words)) {
      const statements = module.statements.with(index, variant.node as Statement);
      yield { ...variant, line: line(variant.at), module: { ...module, statements } };
    }
  }
}

function isTest(statement: Statement): boolean {
  return (
    statement.kind === 'test-block' ||
    statement.kind === 'shared-given' ||
    (statement.kind === 'helper-rule' && statement.name.name.startsWith('test_'))
  );
}

type Tree = Readonly<Record<string, unknown>>;

/** Wording is no behaviour, and names are tied together: neither is touched. */
const untouched = new Set(['span', 'doc', 'name', 'reason', 'comments', 'callee', 'key', 'title']);

/** The node itself in other forms, then each of its parts. */
function* variantsOf(node: Tree, words: readonly string[]): Generator<Variant> {
  yield* ownVariants(node, words);
  for (const [key, value] of Object.entries(node)) {
    if (untouched.has(key)) continue;
    if (Array.isArray(value)) {
      for (const [index, part] of (value as readonly unknown[]).entries()) {
        if (!isTree(part)) continue;
        for (const variant of variantsOf(part, words))
          yield { ...variant, node: { ...node, [key]: value.with(index, variant.node) } };
      }
    } else if (isTree(value)) {
      for (const variant of variantsOf(value, words))
        yield { ...variant, node: { ...node, [key]: variant.node } };
    }
  }
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function* ownVariants(node: Tree, words: readonly string[]): Generator<Variant> {
  const at = (node['span'] as { start: number } | undefined)?.start ?? 0;
  const offer: Offer = (what, other, choice) => ({ what, at, choice: choice ?? null, node: other });
  switch (node['kind']) {
    case 'decision-rule':
      yield* ruleVariants(node as unknown as DecisionRule, offer);
      break;
    case 'applies':
    case 'helper-rule':
      yield* clauseVariants(node, offer);
      break;
    case 'body':
      yield* bodyVariants(node as unknown as Body);
      break;
    case 'binary':
    case 'membership':
      yield* operatorVariants(node as unknown as Expression, offer);
      break;
    case 'set':
    case 'array':
      yield* shorter(node, 'elements', 'drop an element', offer);
      break;
    case 'object':
      yield* shorter(node, 'entries', 'drop an entry', offer);
      break;
    default:
      yield* literalVariants(node, words, offer);
  }
}

type Offer = (what: string, other: unknown, choice?: number) => Variant;

function* ruleVariants(rule: DecisionRule, offer: Offer): Generator<Variant> {
  const { effect, shadow, name, body, unless, doc, kind, span } = rule;
  const common = { kind, span, doc, shadow, body, unless };
  const reason = 'reason' in rule && rule.reason !== null ? rule.reason : text('changed');
  const named = name ?? { kind: 'identifier', name: 'allow', span: nowhere };
  if (effect !== 'allow') yield offer('flip the effect', { ...common, name: named, effect: 'allow', reason });
  if (effect !== 'deny') yield offer('flip the effect', { ...common, name: named, effect: 'deny', reason });
  yield offer(shadow ? 'enforce a shadow' : 'make it a shadow', { ...rule, shadow: !shadow });
  yield* clauseVariants(rule as unknown as Tree, offer);
  if (rule.effect !== 'mask') return;
  yield* shorter(rule as unknown as Tree, 'selectors', 'drop a selector', offer);
}

/** A body of one condition, and what follows `unless`. */
function* clauseVariants(node: Tree, offer: Offer): Generator<Variant> {
  const body = node['body'] as Body | null;
  const single = node['kind'] === 'decision-rule' && body?.literals.length === 1;
  if (single) yield offer('drop a condition', { ...node, body: null });
  if (isTree(node['unless'])) yield offer('drop `unless`', { ...node, unless: null });
}

function* bodyVariants(body: Body): Generator<Variant> {
  const { literals } = body;
  for (const [index, literal] of literals.entries()) {
    const at = literal.span.start;
    if (literals.length > 1)
      yield {
        what: 'drop a condition',
        at,
        choice: null,
        node: { ...body, literals: literals.filter((one) => one !== literal) },
      };
    const negated = negate(literal);
    if (negated !== null)
      yield {
        what: 'negate a condition',
        at,
        choice: null,
        node: { ...body, literals: literals.toSpliced(index, 1, ...negated) },
      };
  }
}

function negate(literal: Literal): readonly Literal[] | null {
  switch (literal.kind) {
    case 'condition': {
      const { expression } = literal;
      if (expression.kind === 'unary' && expression.operator === 'not')
        return [{ ...literal, expression: expression.operand }];
      if (expression.kind === 'membership')
        return [{ ...literal, expression: { ...expression, negated: !expression.negated } }];
      const span = nowhere;
      return [{ ...literal, expression: { kind: 'unary', operator: 'not', operand: expression, span } }];
    }
    case 'every': {
      const body: Body = { kind: 'body', braces: true, literals: [literal], span: literal.span };
      return [{ kind: 'not-body', body, modifiers: [], span: literal.span }];
    }
    case 'not-body':
      return literal.body.literals;
    case 'assign':
    case 'some':
      return null;
    default:
      return never(literal);
  }
}

/** Comparisons that hold slightly more or less often, and inverted logic. */
const neighbours: Readonly<Partial<Record<BinaryOperator, readonly BinaryOperator[]>>> = {
  '<': ['<='],
  '<=': ['<'],
  '>': ['>='],
  '>=': ['>'],
  '==': ['>='],
  and: ['or'],
  or: ['and'],
  '|': ['&'],
  '&': ['|'],
};

function* operatorVariants(node: Expression, offer: Offer): Generator<Variant> {
  if (node.kind !== 'binary') return;
  const comparesNumbers = [node.left, node.right].some(
    ({ kind }) => kind === 'number' || kind === 'duration',
  );
  for (const operator of neighbours[node.operator] ?? []) {
    if (node.operator === '==' && !comparesNumbers) continue;
    yield offer('widen or narrow a comparison', { ...node, operator });
  }
  if (node.operator === '-' || node.operator === '??' || node.operator === '|') {
    yield offer('drop an operand', node.left);
    if (node.operator !== '-') yield offer('drop an operand', node.right);
  }
}

function* literalVariants(node: Tree, words: readonly string[], offer: Offer): Generator<Variant> {
  const what = 'change a literal';
  switch (node['kind']) {
    case 'string': {
      const { value, span } = node as unknown as StringLiteral;
      // A sentence is for people. A word that the type does not know does not compile; another one of the file may.
      for (const word of /\s/.test(value) ? [] : [`${value}x`, ...words])
        if (word !== value) yield offer(what, { ...node, value: word, raw: false }, span.start);
      break;
    }
    case 'number':
      yield offer(what, { ...node, text: String(Number(node['text']) + 1) });
      break;
    case 'duration':
      yield offer(what, { ...node, text: longer(String(node['text'])) });
      break;
    case 'boolean':
      yield offer(what, { ...node, value: node['value'] !== true });
      break;
    case 'selector':
      yield offer('change a selector', { ...node, value: `${String(node['value'])}x` });
      break;
    case 'mask-method':
      if (node['name'] !== 'partial')
        yield offer('weaken a mask', {
          ...node,
          name: 'partial',
          argument: { kind: 'number', text: '6', span: nowhere },
        });
  }
}

function longer(duration: string): string {
  return duration.replace(/^\d+/, (digits) => String(Number(digits) + 1));
}

function* shorter(node: Tree, key: string, what: string, offer: Offer): Generator<Variant> {
  const parts = node[key] as readonly Tree[];
  if (parts.length < 2) return;
  for (const [index, part] of parts.entries()) {
    const { at } = offer(what, null);
    const own = (part['span'] ?? (part['key'] as Tree | undefined)?.['span']) as
      { start: number } | undefined;
    yield { what, at: own?.start ?? at, choice: null, node: { ...node, [key]: parts.toSpliced(index, 1) } };
  }
}

function text(value: string): StringLiteral {
  return { kind: 'string', value, raw: false, span: nowhere };
}

/** At most this many are tried in place of one of them. */
const wordsMax = 12;

/** Texts that the rules compare something with. */
function stringsOf(tree: unknown): string[] {
  const found = new Set<string>();
  const visit = (value: unknown, key: string): void => {
    if (untouched.has(key)) return;
    if (Array.isArray(value)) for (const part of value) visit(part, '');
    else if (isTree(value)) {
      if (value['kind'] === 'string') found.add(String(value['value']));
      for (const [name, part] of Object.entries(value)) visit(part, name);
    }
  };
  visit(tree, '');
  return [...found].slice(0, wordsMax);
}
