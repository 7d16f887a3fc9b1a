/** Whatever a server runs for a document is among the facts: compared with the execution of the reference implementation. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildSchema, execute, isLeafType, getNamedType, parse } from 'graphql';
import type { ExecutionResult } from 'graphql';
import { Unknown, isArray, type ValueObject } from '../../../src/values/value.js';
import { deriveHttp } from '../../../src/facts/http/derive.js';

const schema = buildSchema(`
  type Query { a: Query b(x: Int): Query s: String }
  type Mutation { a: Query drop: Query s: String b(x: Int): Query }
`);

interface Place {
  readonly path: readonly string[];
}

/** The names of the fields that a server works out, from the operation down. */
function executed(document: string, operationName: string | null): Set<string> {
  const seen = new Set<string>();
  const result = execute({
    schema,
    document: parse(document),
    rootValue: { path: [] },
    operationName,
    fieldResolver: (source: Place, _arguments, _context, { fieldName, returnType }) => {
      const path = [...source.path, fieldName];
      seen.add(path.join('.'));
      return isLeafType(getNamedType(returnType)) ? 'x' : { path };
    },
  }) as ExecutionResult;
  expect(result.errors).toBeUndefined();
  return seen;
}

const fragments = 4;
/** `from` is the first fragment that may be spread here, so that none holds itself. */
function selection(depth: number, from: number, type: 'Query' | 'Mutation'): fc.Arbitrary<string> {
  const leaf = fc.constantFrom('s', 'x: s', 's @include(if: true)', 'z: s', '__typename', 'y: __typename');
  if (depth === 0) return leaf;
  const inner = fc.array(selection(depth - 1, from, 'Query'), { minLength: 1, maxLength: 3 });
  const block = inner.map((parts) => `{ ${parts.join(' ')} }`);
  const same = fc
    .array(selection(depth - 1, from, type), { minLength: 1, maxLength: 3 })
    .map((parts) => `{ ${parts.join(' ')} }`);
  const names =
    type === 'Mutation' ? ['a', 'drop', 'b(x: 1)', 's2: drop'] : ['a', 'b(x: 1)', 's2: a', 'drop: b', 'a: b'];
  const field = fc.tuple(fc.constantFrom(...names), block).map((parts) => parts.join(' '));
  const inline = same.map((body) => `... ${body}`);
  const typed = same.map((body) => `... on ${type} @skip(if: false) ${body}`);
  const spreads = Array.from({ length: fragments - from }, (_, i) => `...${type}${from + i}`);
  const options = [leaf, field, field, inline, typed];
  return fc.oneof(...options, ...(spreads.length === 0 ? [] : [fc.constantFrom(...spreads)]));
}

const body = (from: number, type: 'Query' | 'Mutation'): fc.Arbitrary<string> =>
  fc.array(selection(3, from, type), { minLength: 1, maxLength: 3 }).map((parts) => `{ ${parts.join(' ')} }`);

const definitions = fc.tuple(
  ...(['Query', 'Mutation'] as const).flatMap((type) =>
    Array.from({ length: fragments }, (_, i) =>
      body(i + 1, type).map((text) => `fragment ${type}${i} on ${type} ${text}`),
    ),
  ),
);

const document = fc
  .tuple(body(0, 'Query'), body(0, 'Mutation'), definitions, fc.boolean())
  .map(([query, mutation, parts, first]) => {
    const operations = [`query Q ${query}`, `mutation M ${mutation}`];
    return [...(first ? operations : operations.reverse()), ...parts].join('\n');
  });

test('every field that runs is among the facts, and every operation that runs is said to', () => {
  fc.assert(
    fc.property(document, fc.constantFrom('Q', 'M'), (query, operationName) => {
      const { http } = deriveHttp({
        method: 'POST',
        target: '/graphql',
        scheme: 'https',
        headers: [['content-type', 'application/json']],
        body: Buffer.from(JSON.stringify({ query, operationName })),
        whole: true,
      });
      // One key for two fields is for no server to run.
      if (http['graphql'] instanceof Unknown) return;
      const operations = (http['graphql'] as ValueObject)['operations'];
      if (!isArray(operations)) throw new Error('the operations are not read');
      const running = (operations as readonly ValueObject[]).filter((one) => one['executed'] === true);
      expect(running.map((one) => one['name'])).toEqual([operationName]);
      const known = new Set((running[0]!['fields'] as readonly ValueObject[]).map((one) => one['path']));
      const ran = executed(query, operationName);
      expect([...ran].filter((path) => !known.has(path))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
