/**
 * Paths, selectors and image references, compared with what the code of Kubernetes itself makes of them. The table is written
 * by scripts/kubernetes-oracle. We may say that we do not know; we may not say anything else than the server.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { equals, fromJson, toJson, Unknown } from '../../../src/values/value.js';
import { readYamlText } from '../../../src/facts/kubernetes/yaml.js';
import { imageFacts } from '../../../src/facts/image.js';
import { deriveRequest } from '../../../src/facts/kubernetes/request.js';
import { selectorFacts } from '../../../src/facts/kubernetes/selector.js';
import { requestOf } from './read-case.js';

type Row = Readonly<Record<string, unknown>>;

function tableOf(file: string): readonly Row[] {
  const text = readFileSync(join(process.cwd(), 'test/facts/kubernetes', file), 'utf8');
  return text.trimEnd().split('\n').map((line) => JSON.parse(line) as Row); // prettier-ignore
}

const rows = [...tableOf('oracle.jsonl'), ...tableOf('yaml.jsonl')];

const about = (kind: string): readonly Row[] => rows.filter((row) => typeof row[kind] === 'string');
const isUnknown = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && '$unknown' in value;

/** Rows where we say something that the server does not, with what we say. */
function differing(kind: string, differs: (row: Row, text: string) => unknown): readonly unknown[] {
  return about(kind).flatMap((row) => {
    const found = differs(row, row[kind] as string);
    return found === null ? [] : [{ row, found }];
  });
}

describe('requests', () => {
  test('mean what the server makes of them, or are unknown', () => {
    expect(about('request').length).toBeGreaterThan(500);
    expect(differing('request', differingRequest)).toEqual([]);
  });

  test('are unknown only where their path or query is no plain one', () => {
    const odd = /%2f|%25|\/\/|\/\.\.?(\/|$|\?)|\/%2e|#|;|%zz|%20|\+|\?.*\?/i;
    const plain = about('request').filter(
      (row) => !odd.test(row['request'] as string) && row['error'] === undefined,
    );
    expect(plain.filter((row) => isUnknown(requestFacts(row['request'] as string)))).toEqual([]);
  });
});

function requestFacts(request: string): Row {
  const facts = toJson(deriveRequest(requestOf({ request, expect: {} }))) as { requests: readonly Row[] };
  return facts.requests[0]!;
}

const connections = ['exec', 'attach', 'portforward', 'proxy'];

function differingRequest(row: Row, request: string): unknown {
  const found = requestFacts(request);
  if (isUnknown(found) || row['error'] === 'http') return null;
  const keys = ['group', 'version', 'resource', 'subresource', 'namespace', 'name', 'path'];
  const same = keys.every((key) => isUnknown(found[key]) || (found[key] ?? '') === (row[key] ?? ''));
  const connects = found['verb'] === 'connect' && connections.includes(row['subresource'] as string);
  // The server turns what it cannot make sense of away.
  const verb =
    connects || isUnknown(found['verb']) || found['verb'] === row['verb'] || row['error'] === 'request';
  return same && verb ? null : found;
}

describe('selectors', () => {
  test.each(['labels', 'fields'])(
    '%s ask what the server is asked, and are unknown where it refuses them',
    (kind) => {
      expect(about(kind).length).toBeGreaterThan(200);
      const type = kind === 'labels' ? 'label' : 'field';
      const differs = (row: Row, text: string): unknown => {
        const found = toJson(selectorFacts(text, type));
        return isUnknown(found) === (row['error'] !== undefined) &&
          sorted(found) === sorted(row['requirements'])
          ? null
          : found;
      };
      expect(differing(kind, differs)).toEqual([]);
    },
  );
});

/** The server sorts requirements by their keys. */
function sorted(requirements: unknown): string {
  if (!Array.isArray(requirements)) return '';
  return requirements.map((one: Row) => JSON.stringify([one['key'], one['operator'], one['values']])).sort().join(); // prettier-ignore
}

describe('YAML', () => {
  test('has the values that the server finds in it, or is unknown', () => {
    expect(about('yaml').length).toBeGreaterThan(700);
    expect(differing('yaml', differingYaml)).toEqual([]);
  });

  test('is known where it is plain', () => {
    const plain = /^([a-e]: ("\w*"|'\w*'|[a-z]{4,}|\[\w, \w\]|[1-9]\d?)(\n|$))+$/;
    const known = about('yaml').filter(
      (row) => row['error'] === undefined && plain.test(row['yaml'] as string),
    );
    expect(known.length).toBeGreaterThan(10);
    expect(known.filter((row) => readYamlText(row['yaml'] as string) instanceof Unknown)).toEqual([]);
  });
});

function differingYaml(row: Row, text: string): unknown {
  const found = readYamlText(text);
  // What the server refuses does nothing.
  if (found instanceof Unknown || row['error'] !== undefined) return null;
  return equals(found, fromJson(row['value'])) ? null : toJson(found);
}

describe('images', () => {
  test('come from where the reference says', () => {
    expect(about('image').length).toBeGreaterThan(200);
    expect(differing('image', differingImage)).toEqual([]);
  });
});

function differingImage(row: Row, text: string): unknown {
  const found = toJson(imageFacts(text)) as Row;
  const isRefused = isUnknown(found['repository']);
  if (isRefused || row['error'] !== undefined)
    return isRefused && (row['error'] !== undefined || isId(text)) ? null : found;
  const registry = found['registry'] === String(row['registry']).toLowerCase();
  const same = found['repository'] === row['repository'] && found['digest'] === row['digest'];
  // Where there is a digest, the server drops the tag.
  return registry && same && (row['digest'] !== undefined || found['tag'] === row['tag']) ? null : found;
}

/** The library reads a name and a tag; the runtime looks for an image of that id first. */
const isId = (text: string): boolean => /^sha(256|384|512):[0-9a-f]+$/.test(text);
