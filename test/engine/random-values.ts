/** Random programs over free-form facts, well-formed and mostly nonsense: for properties of values. */
import fc from 'fast-check';
import type { Value, ValueObject } from '../../src/values/value.js';

interface Scope {
  readonly variables: readonly string[];
  readonly depth: number;
  readonly helpers: readonly string[];
  /** Files of tests have `with`; these programs read data too. */
  readonly tests: boolean;
}

const root: Scope = { variables: [], depth: 3, helpers: [], tests: false };

function deeper(scope: Scope, ...variables: readonly string[]): Scope {
  return { ...scope, depth: scope.depth - 1, variables: [...scope.variables, ...variables] };
}

const paths = [
  'input.n',
  'input.s',
  'input.t',
  'input.xs',
  'input.ys',
  'input.o',
  'input.o.a',
  'input.o.b',
  'input.none',
  'input.xs[0]',
  'input.xs[1]',
];

const dataPaths = ['data.d.list', 'data.d.map', 'data.d.map.a', 'data.d.none', 'data.d.list[2]'];

/** What data files say beside random programs of tests. */
export const programData: ValueObject = { d: { list: [1, 'a', ['a', 'b']], map: { a: 2, b: ['b'] } } };

const literals = [
  '0',
  '1',
  '2',
  '"a"',
  '"b"',
  'true',
  'false',
  'null',
  '[1, 2]',
  '{1, 2}',
  '{"a": 1}',
  'set()',
  '[]',
];

function leaf(scope: Scope): fc.Arbitrary<string> {
  const names = [...scope.variables, ...scope.helpers];
  const choices = [
    { weight: 4, arbitrary: fc.constantFrom(...paths, ...(scope.tests ? dataPaths : [])) },
    { weight: 2, arbitrary: fc.constantFrom(...literals) },
  ];
  return fc.oneof(
    ...choices,
    ...(names.length === 0 ? [] : [{ weight: 5, arbitrary: fc.constantFrom(...names) }]),
  );
}

export function expression(scope: Scope): fc.Arbitrary<string> {
  if (scope.depth <= 0) return leaf(scope);
  const inner = expression(deeper(scope));
  const pair = fc.tuple(inner, inner);
  return fc.oneof(
    { weight: 5, arbitrary: leaf(scope) },
    pair.map(([a, b]) => `[${a}, ${b}]`),
    pair.map(([a, b]) => `{${a}, ${b}}`),
    pair.map(([a, b]) => `{"a": ${a}, "b": ${b}}`),
    fc
      .tuple(pair, fc.constantFrom('+', '-', '|', '&', '*', '/', '%'))
      .map(([[a, b], operator]) => `(${a} ${operator} ${b})`),
    pair.map(([a, b]) => `(${a} ?? ${b})`),
    pair.map(([a, b]) => `${parenthesised(a)}[${b}]`),
    condition(scope).map((c) => `(${c})`),
    fc
      .tuple(
        inner,
        fc.constantFrom('count', 'sum', 'max', 'min', 'sort', 'object.keys', 'array.reverse', 'f', 'h'),
      )
      .map(([a, name]) => `${name}(${a})`),
    fc
      .tuple(
        pair,
        fc.constantFrom('array.concat', 'object.union', 'object.remove', 'g', 'split', 'startswith'),
      )
      .map(([[a, b], name]) => `${name}(${a}, ${b})`),
    pair.map(([a, b]) => `object.get(${a}, "a", ${b})`),
    pair.map(([a, b]) => `$"{${a}} and {${b}}"`),
    pair.map(([a, b]) => `[-1, -${parenthesised(a)}, regex.match(${b}, "a")]`),
    comprehension(scope),
  );
}

function parenthesised(text: string): string {
  return `[${text}][0]`;
}

function condition(scope: Scope): fc.Arbitrary<string> {
  const inner = expression(deeper(scope));
  const pair = fc.tuple(inner, inner);
  const simple = fc.oneof(
    fc
      .tuple(pair, fc.constantFrom('==', '!=', '<', '<=', '>', '>=', 'in', 'not in'))
      .map(([[a, b], o]) => `(${a}) ${o} (${b})`),
    fc.tuple(inner, pair).map(([k, [a, b]]) => `(${k}, ${a} in (${b}))`),
    fc.constantFrom('has input.o.a', 'has input.none', 'has input.o.a.c', 'input.t'),
  );
  if (scope.depth <= 1) return simple;
  return fc.oneof(
    { weight: 4, arbitrary: simple },
    simple.map((a) => `not (${a})`),
    fc.tuple(simple, fc.constantFrom('and', 'or'), simple).map(([a, o, b]) => `(${a}) ${o} (${b})`),
  );
}

let names = 0;

/** A few literals, each seeing what those before it bind, and what stands in their scope at the end. */
function body(scope: Scope, literalsMax: number): fc.Arbitrary<{ text: string; scope: Scope }> {
  const start = fc.constant({ text: '', scope });
  return Array.from({ length: literalsMax }).reduce<fc.Arbitrary<{ text: string; scope: Scope }>>(
    (before) =>
      before.chain(({ text, scope: seen }) =>
        literal(seen).map((next) => ({
          text: text === '' ? next.text : `${text}; ${next.text}`,
          scope: next.scope,
        })),
      ),
    start,
  );
}

function literal(scope: Scope): fc.Arbitrary<{ text: string; scope: Scope }> {
  const x = `_x${++names}`;
  const y = `_y${++names}`;
  const inner = expression(deeper(scope));
  const one = { ...scope, variables: [...scope.variables, x] };
  const two = { ...scope, variables: [...scope.variables, x, y] };
  const choices = [
    condition(deeper(scope)).map((text) => ({ text, scope })),
    inner.map((e) => ({ text: `${x} := ${e}`, scope: one })),
    inner.map((e) => ({ text: `some ${x} in ${e}`, scope: one })),
    inner.map((e) => ({ text: `some ${x}, ${y} in ${e}`, scope: two })),
    inner.map((e) => ({ text: `[${x}, ${y}] := ${e}`, scope: two })),
    inner.map((e) => ({ text: `some {"a": ${x}} in [${e}, input.o]`, scope: one })),
    inner.map((e) => ({ text: `some [${x}, 1] in [${e}, input.xs]`, scope: one })),
    inner.map((e) => ({ text: `some "a", ${x} in ${e}`, scope: one })),
    ...(scope.tests ? modified(scope, x) : []),
    fc
      .tuple(inner, condition(deeper(two)))
      .map(([e, c]) => ({ text: `every ${x}, ${y} in ${e} { ${c} }`, scope })),
    fc.tuple(inner, condition(deeper(one))).map(([e, c]) => ({ text: `every ${x} in ${e} { ${c} }`, scope })),
    fc
      .tuple(inner, condition(deeper(one)))
      .map(([e, c]) => ({ text: `not { some ${x} in ${e}; ${c} }`, scope })),
  ];
  return fc.oneof(...choices);
}

/** Literals under other facts, data or functions. */
function modified(scope: Scope, x: string): fc.Arbitrary<{ text: string; scope: Scope }>[] {
  const one = { ...scope, variables: [...scope.variables, x] };
  const inner = deeper(scope);
  return [
    fc.tuple(condition(inner), modifier(inner)).map(([c, m]) => ({ text: `${c} ${m}`, scope })),
    fc.tuple(expression(inner), modifier(inner)).map(([e, m]) => ({ text: `${x} := ${e} ${m}`, scope: one })),
    modifier(inner).map((m) => ({
      text: `${x} := [data.d, [${scope.helpers.map((name) => `(${name} ?? 0)`).join(', ')}]] ${m}`,
      scope: one,
    })),
  ];
}

/** Other facts, data or functions for one literal. */
function modifier(scope: Scope): fc.Arbitrary<string> {
  const inner = expression(deeper(scope));
  const places = [
    'input.n',
    'input.xs',
    'input.o.a',
    'data.d.map.a',
    'data.d',
    ...helperPlaces(scope),
    'h',
    'count',
  ];
  return fc.oneof(
    fc.tuple(fc.constantFrom(...places), inner).map(([place, e]) => `with ${place} as ${e}`),
    fc.constantFrom(
      'with f as h',
      'with h as f',
      'with count as f',
      'with h as count',
      'with f as h with h as f',
    ),
    fc.tuple(inner, inner).map(([a, b]) => `with data.d as ${a} with data.d.map.a as ${b}`),
    fc.tuple(inner, inner).map(([a, b]) => `with input.xs as ${a} with input.o as ${b}`),
  );
}

/** Rules by their whole path, so that something can stand in their place. */
function helperPlaces({ helpers }: Scope): string[] {
  return helpers.flatMap((name) => [`data.p.${name}`, `data.p.${name}.a`]);
}

function comprehension(scope: Scope): fc.Arbitrary<string> {
  return body(deeper(scope), 2).chain(({ text, scope: seen }) =>
    fc
      .tuple(expression({ ...seen, depth: 1 }), fc.constantFrom('array', 'set', 'object'))
      .map(([value, kind]) => {
        if (kind === 'array') return `[${value} | ${text}]`;
        return kind === 'set' ? `{${value} | ${text}}` : `{_k: ${value} | some _k in ["a", "b"]; ${text}}`;
      }),
  );
}

function rule(name: string, scope: Scope): fc.Arbitrary<string> {
  const one = body(scope, 2).chain(({ text, scope: seen }) =>
    expression({ ...seen, depth: 1 }).map((value) => ({ text, value })),
  );
  return fc.oneof(
    expression(scope).map((e) => `${name} := ${e}`),
    one.map(({ text, value }) => `${name} := ${value} if { ${text} }`),
    fc
      .tuple(one, one)
      .map(
        ([a, b]) => `${name} := ${a.value} if { ${a.text} } else := ${b.value} if { ${b.text} } else := 1`,
      ),
    fc
      .tuple(one, one)
      .map(
        ([a, b]) =>
          `default ${name} := 0\n${name} := ${a.value} if { ${a.text} }\n${name} := ${b.value} if { ${b.text} }`,
      ),
    fc.tuple(one, one).map(([a, b]) => `${name} if { ${a.text} }\n${name} if { ${b.text} }`),
    fc
      .tuple(one, one)
      .map(
        ([a, b]) =>
          `${name} contains ${a.value} if { ${a.text} }\n${name} contains ${b.value} if { ${b.text} }`,
      ),
    one.map(({ text, value }) => `${name}[_k] := ${value} if { some _k in ["a", "b", input.s]; ${text} }`),
    fc
      .tuple(one, one)
      .map(
        ([a, b]) =>
          `${name}[_k][_m] := ${a.value} if { some _k in ["a", input.s]; some _m in ["c", _k]; ${a.text} }\n` +
          `${name}.b[_k] := ${b.value} if { some _k in ["b", "c"]; ${b.text} }`,
      ),
    one.map(({ text, value }) => `${name}[_k] contains ${value} if { some _k in ["a", input.s]; ${text} }`),
  );
}

/** Three helper rules, each over the facts, two functions and the rules before it. */
function programIn(scope: Scope): fc.Arbitrary<string> {
  return rule('r0', scope)
    .chain((r0) => rule('r1', { ...scope, helpers: ['r0'] }).map((r1) => [r0, r1]))
    .chain((before) => rule('r2', { ...scope, helpers: ['r0', 'r1'] }).map((r2) => [...before, r2]))
    .map((rules) =>
      [
        'package p',
        'f(x) := 1 if x == 1\nf(x) := "b" if { some y in x; y == "b" }',
        'g(1, x) := x\ng([x, _], y) := x if x != y',
        'default h(_) := 5\nh(x) := y if { y := x.a } else := 2 if x == "a"',
        ...rules,
      ].join('\n'),
    );
}

export const program = programIn(root);
/** As in a file of tests, and with data beside it. */
export const testProgram = programIn({ ...root, tests: true });

const scalar = fc.constantFrom<Value>(0, 1, 2, 'a', 'b', true, false, null);
const shallow: fc.Arbitrary<Value> = fc.oneof(
  { weight: 3, arbitrary: scalar },
  fc.array(scalar, { maxLength: 2 }),
  fc.record({ a: scalar }, { requiredKeys: [] }),
);

/** Facts for the paths that programs read. */
export const freeFacts: fc.Arbitrary<Value> = fc.record(
  {
    n: fc.constantFrom(0, 1, 2),
    s: fc.constantFrom('a', 'b', 'c'),
    t: fc.boolean(),
    xs: fc.array(shallow, { maxLength: 3 }),
    ys: fc.array(shallow, { maxLength: 2 }),
    o: fc.record({ a: shallow, b: shallow }, { requiredKeys: [] }),
  },
  { requiredKeys: ['n', 's', 't', 'xs'] },
);
