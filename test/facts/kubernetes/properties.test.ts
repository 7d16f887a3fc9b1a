/** What holds for every request and every command line, however they were cut, spliced or changed. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toJson, Unknown, type ValueObject } from '../../../src/values/value.js';
import type { HttpRequest } from '../../../src/facts/http/request.js';
import { deriveKubectl, deriveKubectlText } from '../../../src/facts/kubernetes/kubectl/derive.js';
import { splitWords } from '../../../src/facts/command-words.js';
import { deriveRequest } from '../../../src/facts/kubernetes/request.js';
import { factSchema } from '../../../src/facts/schema/index.js';
import { misfit } from '../misfit.js';
import { readTable, requestOf, type RequestCase } from './read-case.js';

const type = factSchema.roots['kubernetes']!.type;

function expectWhole(facts: ValueObject): void {
  expect(misfit(facts, type, 'kubernetes')).toBeNull();
}

const tables = ['paths.yaml', 'pods.yaml', 'bodies.yaml', 'hostile-requests.yaml'].flatMap(readTable);
const recorded = readTable('recorded.yaml');
const requests: readonly HttpRequest[] = [
  ...tables,
  ...recorded.flatMap((row) => row['requests'] as object[]),
].map((row) => requestOf(row as unknown as RequestCase));
const lines = [
  'kubectl-reading.yaml',
  'kubectl-writing.yaml',
  'kubectl-manifests.yaml',
  'hostile-kubectl.yaml',
  'recorded.yaml',
]
  .flatMap(readTable)
  .map((row) => row['kubectl'] as string);

const anyRequest = fc.constantFrom(...requests);
const anyLine = fc.constantFrom(...lines);
const cut = (text: string, at: number): string => text.slice(0, at);
const character = fc.oneof(
  fc.constantFrom(...Array.from('/\\?#%&;=:@.,[]{}"\' \t\r\n\u0000é😀\ud800')),
  fc.string({ minLength: 1, maxLength: 3, unit: 'binary' }),
);

describe('every request', () => {
  test('of the tables fits the schema', () => {
    for (const request of requests) expectWhole(deriveRequest(request));
  });

  test('with anything in its target or method fits the schema', () => {
    fc.assert(
      fc.property(anyRequest, character, fc.nat(60), (request, inserted, at) => {
        const insert = (text: string): string => cut(text, at) + inserted + text.slice(at);
        expectWhole(deriveRequest({ ...request, target: insert(request.target) }));
        expectWhole(deriveRequest({ ...request, target: `${request.target}?${insert('limit=1&watch=1')}` }));
        expectWhole(deriveRequest({ ...request, method: insert(request.method) }));
      }),
      { numRuns: 500 },
    );
  });

  test('with the body of another, or a part of one, fits the schema', () => {
    fc.assert(
      fc.property(anyRequest, anyRequest, fc.nat(400), (one, other, length) => {
        expectWhole(deriveRequest({ ...one, body: other.body }));
        expectWhole(deriveRequest({ ...one, headers: other.headers, body: one.body.subarray(0, length) }));
      }),
      { numRuns: 500 },
    );
  });

  test('with values of other types in its pods fits the schema', () => {
    const keys = ['containers', 'initContainers', 'volumes', 'securityContext', 'hostPID', 'image', 'name', 'privileged', 'capabilities', 'add', 'env', 'valueFrom', 'secretKeyRef', 'hostPath', 'path', 'ports', 'hostPort', '$patch', 'metadata', 'spec', 'template', 'runAsUser']; // prettier-ignore
    const { pod } = fc.letrec((tie) => ({
      pod: fc.oneof({ maxDepth: 5 }, tie('leaf'), tie('list'), tie('object')),
      leaf: fc.oneof(
        fc.constant(null),
        fc.boolean(),
        fc.integer(),
        fc.double(),
        fc.constantFrom('replace', 'a', '/'),
      ),
      list: fc.array(tie('pod'), { maxLength: 3 }),
      object: fc.dictionary(fc.constantFrom(...keys), tie('pod'), { maxKeys: 4 }),
    }));
    const types = ['application/json', 'application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml']; // prettier-ignore
    fc.assert(
      fc.property(pod, fc.constantFrom(...types), (body, sent) => {
        const method = sent === 'application/json' ? 'POST' : 'PATCH';
        const name = method === 'POST' ? '' : '/web';
        for (const place of [
          `/api/v1/namespaces/shop/pods${name}`,
          `/apis/apps/v1/namespaces/shop/deployments${name}`,
        ])
          expectWhole(
            deriveRequest(requestOf({ request: `${method} ${place}`, type: sent, body, expect: {} })),
          );
      }),
      { numRuns: 1000 },
    );
  });
});

describe('every command line', () => {
  test('of the tables fits the schema', () => {
    for (const line of lines) expectWhole(deriveKubectlText(line));
  });

  test('with anything in it fits the schema', () => {
    fc.assert(
      fc.property(anyLine, character, fc.nat(80), (line, inserted, at) => {
        expectWhole(deriveKubectlText(cut(line, at) + inserted + line.slice(at)));
      }),
      { numRuns: 1000 },
    );
  });

  test('of words from several fits the schema', () => {
    const split = lines.map(splitWords).flatMap((found) => (found instanceof Unknown ? [] : found));
    const words = [...new Set(split)];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 12 }), (mixed) =>
        expectWhole(deriveKubectl(mixed)),
      ),
      { numRuns: 2000 },
    );
  });

  test('means the same with global flags in front', () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        const words = splitWords(line);
        fc.pre(!(words instanceof Unknown));
        const plain = toJson(deriveKubectl(words));
        expect(toJson(deriveKubectl(['--request-timeout', '5s', '-v=1', ...words]))).toEqual(plain);
        expect(toJson(deriveKubectl(['--cache-dir=/x', ...words]))).toEqual(plain);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what is large or deep ends', () => {
  const post = (type: string, body: string): HttpRequest =>
    requestOf({ request: 'POST /api/v1/namespaces/shop/pods', type, body, expect: {} });
  const many = (text: string, times: number): string => text.repeat(times);
  const hostile: readonly (readonly [string, string, string])[] = [
    ['lists in JSON', 'application/json', many('[', 1_000_000)],
    ['objects in JSON', 'application/json', many('{"a":', 400_000)],
    ['lists in YAML', 'application/yaml', many('[', 100_000)],
    ['blocks in YAML', 'application/yaml', many('- ', 100_000)],
    [
      'indents in YAML',
      'application/yaml',
      Array.from({ length: 600 }, (_, at) => `${many(' ', at)}a:\n`).join(''),
    ],
    ['aliases', 'application/yaml', `a: &a [x,x,x,x,x,x,x,x]\n${Array.from('bcdefghij', (name, at) => `${name}: &${name} [${many(`*${'abcdefghi'[at]!},`, 9)}]`).join('\n')}`], // prettier-ignore
    ['text', 'application/yaml', many('a: "', 100_000)],
    ['anything', 'application/json', many(' ', 4_000_000)],
  ];

  test.each(hostile)('%s', (_, sent, body) => {
    const facts = toJson(deriveRequest(post(sent, body))) as { requests: readonly { pod: object }[] };
    expect(Object.keys(facts.requests[0]!.pod)).toEqual(['$unknown']);
  });

  test('queries, paths and words', () => {
    const path = '/api/v1/namespaces/shop/pods';
    const long = [
      many('/a', 1_000_000),
      `${path}?${many('watch=1&', 1_000_000)}`,
      `${path}?labelSelector=${many('a,', 30_000)}`,
      `${path}?fieldSelector=${many('%5C%5C', 5_000)}`,
    ];
    for (const target of long) expectWhole(deriveRequest({ ...post('', ''), method: 'GET', target }));
    expectWhole(deriveKubectlText(`get ${many('"', 30_001)}`));
    expectWhole(deriveKubectlText(`get pods ${many('a ', 30_000)}`));
    expectWhole(deriveKubectlText(`get ${many('all,', 10_000)}`));
    expectWhole(deriveKubectlText(`get pods -${many('A', 60_000)}`));
    expectWhole(deriveKubectlText(`set image deploy/web ${many('a=b ', 3_000)}`));
  });
});
