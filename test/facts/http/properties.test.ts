/** What holds for every request, however it was cut, spliced or changed. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Unknown, toJson, type Value } from '../../../src/values/value.js';
import { factSchema } from '../../../src/facts/schema/index.js';
import { deriveHttp, readHttpText } from '../../../src/facts/http/derive.js';
import type { HttpHeader, HttpRequest } from '../../../src/facts/http/request.js';
import { misfit } from '../misfit.js';
import { readCases } from './read-case.js';

const files = ['requests.yaml', 'bodies.yaml', 'graphql.yaml', 'hostile.yaml'];
const corpus = files.flatMap((file) => readCases(file).map(({ request }) => request));
const type = factSchema.roots['http']!.type;
const anyRequest = fc.constantFrom(...corpus);

/** Refused with every fact unknown, or described as the schema says. */
function expectWhole(request: HttpRequest): void {
  const { http, error } = deriveHttp(request);
  expect(misfit(http, type, 'http')).toBeNull();
  if (error !== null) for (const value of Object.values(http)) expect(value).toBeInstanceOf(Unknown);
}

/** A request with nothing in it. */
const plain: HttpRequest = {
  method: 'GET',
  target: '/',
  scheme: 'https',
  headers: [],
  body: Buffer.from(''),
  whole: true,
};

const cut = (text: string, at: number): string => text.slice(0, at);

describe('every request', () => {
  test('of the tables fits the schema', () => {
    for (const request of corpus) expectWhole(request);
  });

  test('with a target cut or spliced is described or unknown', () => {
    fc.assert(
      fc.property(anyRequest, anyRequest, fc.nat(40), fc.nat(40), (one, other, from, to) => {
        expectWhole({ ...one, target: cut(one.target, from) });
        expectWhole({ ...one, target: cut(one.target, from) + other.target.slice(to) });
      }),
      { numRuns: 400 },
    );
  });

  test('with any character in its target, method or headers is described or unknown', () => {
    const character = fc.oneof(
      fc.constantFrom(...Array.from('/\\?#%&;=:@.[]{}"\' \t\r\n\u0000é😀\ud800')),
      fc.string({ minLength: 1, maxLength: 3, unit: 'binary' }),
    );
    fc.assert(
      fc.property(anyRequest, character, fc.nat(60), (request, inserted, at) => {
        const insert = (text: string): string => cut(text, at) + inserted + text.slice(at);
        expectWhole({ ...request, target: insert(request.target) });
        expectWhole({ ...request, method: insert(request.method) });
        const headers = request.headers.map(([name, value]): HttpHeader => [insert(name), insert(value)]);
        expectWhole({ ...request, headers });
        expectWhole({ ...request, headers: [...request.headers, [inserted, inserted]] });
      }),
      { numRuns: 300 },
    );
  });

  test('with a body cut, spliced or of any bytes is described or unknown', () => {
    fc.assert(
      fc.property(
        anyRequest,
        anyRequest,
        fc.nat(120),
        fc.uint8Array({ maxLength: 20 }),
        (one, other, at, bytes) => {
          expectWhole({ ...one, body: one.body.slice(0, at) });
          expectWhole({ ...one, body: Buffer.concat([one.body.slice(0, at), bytes, other.body.slice(at)]) });
          expectWhole({ ...one, body: other.body });
          expectWhole({ ...one, body: bytes, whole: false });
        },
      ),
      { numRuns: 300 },
    );
  });

  test('written as a row is described or unknown', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        expect(misfit(readHttpText(text), type, 'http')).toBeNull();
        expect(misfit(readHttpText(`GET /${text}`), type, 'http')).toBeNull();
      }),
      { numRuns: 300 },
    );
  });
});

describe('a path that is known', () => {
  const part = fc.constantFrom(
    'a',
    'admin',
    '..',
    '.',
    '%2e',
    '%2E.',
    '%2f',
    '%5c',
    '\\',
    ';x',
    '',
    '%61',
    '%25',
    '%00',
  );

  test('is the one that a URL parser finds, with as many segments', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(part, part), { minLength: 1, maxLength: 5 }), (parts) => {
        const target = `/${parts.map((pair) => pair.join('')).join('/')}`;
        const { http } = deriveHttp({
          method: 'GET',
          target,
          scheme: 'https',
          headers: [],
          body: Buffer.from(''),
          whole: true,
        });
        const segments = http['segments']!;
        if (segments instanceof Unknown) return;
        const { pathname } = new URL(target, 'https://a.test');
        expect(pathname).toBe(target);
        const written = pathname.split('/').slice(1);
        expect(segments).toEqual(written.filter((one) => one !== '').map(decodeURIComponent));
        expect(segments).not.toContain('..');
      }),
      { numRuns: 600 },
    );
  });
});

describe('a mutation', () => {
  const wraps: readonly ((inner: string) => string)[] = [
    (inner) => `mutation { ${inner} }`,
    (inner) => `mutation M { ... { ${inner} } }`,
    (inner) => `mutation { ...F } fragment F on Mutation { ${inner} }`,
    (inner) => `mutation { ... on Mutation @include(if: true) { x: ${inner} } }`,
    (inner) => `# query { a }\nmutation{,,,${inner},,,}`,
    (inner) => `fragment F on Mutation { ...G } fragment G on Mutation { ${inner} } mutation { ...F }`,
  ];
  const sends: readonly ((document: string) => Partial<HttpRequest>)[] = [
    (document) => ({ target: '/graphql', ...json({ query: document }) }),
    (document) => ({ target: '/v1/api', ...json({ query: document, variables: {} }) }),
    (document) => ({ target: '/graphql', ...json([{ query: '{ a }' }, { query: document }]) }),
    (document) => ({ target: `/graphql?query=${encodeURIComponent(document)}` }),
    (document) => ({
      target: '/graphql',
      headers: [['content-type', 'application/graphql']],
      body: Buffer.from(document),
    }),
  ];

  function json(body: unknown): Partial<HttpRequest> {
    return { headers: [['content-type', 'application/json']], body: Buffer.from(JSON.stringify(body)) };
  }

  test('is seen with its field, however it is written and sent', () => {
    fc.assert(
      fc.property(fc.constantFrom(...wraps), fc.constantFrom(...sends), (wrap, send) => {
        const base: HttpRequest = {
          method: 'POST',
          target: '/',
          scheme: 'https',
          headers: [],
          body: Buffer.from(''),
          whole: true,
        };
        const { http } = deriveHttp({ ...base, ...send(wrap('dropEverything(id: 1) { id }')) });
        expect(JSON.stringify(http['graphql'])).toContain('"dropEverything"');
        expect(http['graphql']).toMatchObject({ types: { items: expect.arrayContaining(['mutation']) } });
      }),
      { numRuns: 100 },
    );
  });
});

describe('what would take too long is unknown', () => {
  const graphql = (query: string): HttpRequest => ({
    method: 'POST',
    target: '/graphql',
    scheme: 'https',
    headers: [['content-type', 'application/json']],
    body: Buffer.from(JSON.stringify({ query })),
    whole: true,
  });
  const doubling = Array.from({ length: 40 }, (_, i) => `fragment F${i} on Q { ...F${i + 1} ...F${i + 1} }`);
  test.each([
    ['fragments that double', `{ ...F0 } ${doubling.join(' ')} fragment F40 on Q { a }`],
    ['nesting', '{a'.repeat(5000) + '}'.repeat(5000)],
    ['nesting in values', `{ a(b: ${'['.repeat(5000)}${']'.repeat(5000)}) }`],
    ['many fields', `{ ${'a '.repeat(50_000)} }`],
    ['a long text', `{ a(b: "${'x'.repeat(300_000)}") }`],
  ])('%s', (_, query) => {
    expect(deriveHttp(graphql(query)).http['graphql']).toBeInstanceOf(Unknown);
  });

  test.each([
    ['nested JSON', '['.repeat(100_000)],
    ['a large JSON', JSON.stringify('x'.repeat(2_000_000))],
  ])('%s', (_, body) => {
    expect(deriveHttp({ ...graphql(''), body: Buffer.from(body) }).http['json']).toBeInstanceOf(Unknown);
  });

  test.each([
    ['a media type with many semicolons', 'content-type', `a/b;${' ;'.repeat(20_000)}!`],
    ['a value with many spaces', 'x-note', `a${' '.repeat(60_000)}b`],
  ])('%s is read', (_, name, value) => {
    expect(deriveHttp({ ...graphql('{ a }'), headers: [[name, value]] }).error).toBeNull();
  });

  test('the name of a parameter with many brackets is read', () => {
    const form = { headers: [['content-type', 'application/x-www-form-urlencoded']] as const };
    const body = Buffer.from(`${'a['.repeat(200_000)}&a=1`);
    expect(deriveHttp({ ...graphql(''), ...form, body }).http['form']).not.toBeInstanceOf(Unknown);
  });

  test('many parameters', () => {
    const request = { ...graphql('{ a }'), target: `/a?${'a=1&'.repeat(2000)}` };
    expect(deriveHttp(request).http['query']).toBeInstanceOf(Unknown);
  });
});

describe('a path', () => {
  const character = fc.constantFrom(...Array.from("abzAZ09-._~!$&'()*+,:@"));
  const segment = fc.string({ unit: character, minLength: 1, maxLength: 6 });

  test('means the same whatever is percent-encoded without need', () => {
    fc.assert(
      fc.property(
        fc.array(segment, { maxLength: 4 }),
        fc.infiniteStream(fc.boolean()),
        (segments, choices) => {
          const choice = choices[Symbol.iterator]();
          const encode = (text: string): string =>
            Array.from(text, (one) =>
              /[A-Za-z0-9\-._~]/.test(one) && choice.next().value === true
                ? `%${one.charCodeAt(0).toString(16)}`
                : one,
            ).join('');
          const facts = (target: string): Value[] => {
            const { http } = deriveHttp({ ...plain, target });
            return [http['path']!, http['segments']!];
          };
          const written = `/${segments.join('/')}`;
          expect(facts(`/${segments.map(encode).join('/')}`)).toEqual(facts(written));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('secrets', () => {
  const names = [
    'Authorization',
    'Cookie',
    'Proxy-Authorization',
    'X-Api-Key',
    'X-Auth-Token',
    'X-Session-Id',
    'X_Api_Key',
  ];
  const secret = fc.string({
    unit: fc.constantFrom(...Array.from('abcdef0123456789')),
    minLength: 12,
    maxLength: 20,
  });

  test('in headers are not among the facts', () => {
    const wrap = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => `Bearer ${text}`,
      (text) => `session=${text}; x=y`,
      (text) => ` ${text} ${text}`,
    );
    fc.assert(
      fc.property(fc.constantFrom(...names), secret, wrap, (name, text, wrapped) => {
        const { http } = deriveHttp({ ...plain, headers: [[name, wrapped(text)]] });
        expect(JSON.stringify(toJson(http))).not.toContain(text);
      }),
      { numRuns: 200 },
    );
  });
});
