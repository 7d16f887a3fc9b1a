/**
 * What the facts of a command line say of its requests, compared with the requests that the real kubectl makes. The table is
 * written by scripts/record-kubectl-requests.mjs.
 */
import { describe, expect, test } from '@jest/globals';
import { toJson, type Value } from '../../../src/values/value.js';
import { deriveKubectlText } from '../../../src/facts/kubernetes/kubectl/derive.js';
import { deriveRequest } from '../../../src/facts/kubernetes/request.js';
import { readTable, requestOf, type RequestCase } from './read-case.js';

type Facts = Readonly<Record<string, unknown>>;

const tableOf = (file: string) =>
  readTable(file).map(({ kubectl, requests }) => [kubectl as string, requests as RequestCase[]] as const);
const rows = tableOf('recorded.yaml');

/** Lines that end early on a server that makes things up, or do one of two things. */
const notAllSent = new Set([
  'apply -f web.json --validate=false',
  'delete deploy web -n shop --dry-run=client',
  'drain a --ignore-daemonsets --force --timeout=1s',
  'rollout undo deploy/web -n shop',
  'set selector svc/web a=b -n shop',
  'set subject rolebinding r --user=me -n shop',
  'uncordon a',
]);

const isUnknown = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && '$unknown' in value;

const members = (facts: { readonly [key: string]: Value }): readonly Facts[] =>
  toJson(facts['requests']!) as readonly Facts[];

describe('the table', () => {
  test('has enough in it', () => expect(rows.length).toBeGreaterThan(100));
});

/** What is sent, does more than read and is not among the requests of the command line. */
function missedIn(line: string, requests: readonly RequestCase[]): readonly Facts[] {
  const facts = deriveKubectlText(line);
  if (isUnknown(toJson(facts['requests']!))) return [];
  const writes = sentBy(requests).filter((one) => one['read_only'] !== true);
  return writes.filter((one) => !members(facts).some((claim) => isUnknown(claim) || fits(claim, one)));
}

const sentBy = (requests: readonly RequestCase[]) =>
  requests.flatMap((one) => members(deriveRequest(requestOf(one))));

describe.each(rows)('%s', (line, requests) => {
  const claimed = members(deriveKubectlText(line));
  const sent = sentBy(requests);

  test('every request that does more than read is among those of the command line', () => {
    expect(missedIn(line, requests)).toEqual([]);
  });

  test('nothing else is claimed', () => {
    const idle = notAllSent.has(line) ? [] : claimed.filter((claim) => !sent.some((one) => fits(claim, one)));
    expect(idle).toEqual([]);
  });
});

/** Flags at any place, twice, cut or glued: most lines are refused by kubectl, and of the others nothing may be missed. */
describe('lines that were made at random', () => {
  const random = tableOf('recorded-at-random.yaml');

  test('are many, and some of them are taken by kubectl', () => {
    expect(random.filter(([, requests]) => requests.length > 0).length).toBeGreaterThan(100);
  });

  test('send nothing that does more than read and is not in the facts of the line', () => {
    const missed = random.flatMap(([line, requests]) =>
      missedIn(line, requests).map((request) => ({ line, request })),
    );
    expect(missed).toEqual([]);
  });
});

const always = ['verb', 'path', 'group', 'version', 'resource', 'subresource', 'namespace', 'name', 'container', 'argv', 'patch_type', 'dry_run', 'read_only', 'impersonation', 'proxy_path', 'pod']; // prettier-ignore
/** Of other verbs kubectl looks the objects up, and then goes on with one after the other. */
const ofCollections = ['all_namespaces', 'label_selector', 'field_selector'];

/** Whether what is known of the claim holds of what was sent. The body may be one that is not read. */
function fits(claim: Facts, sent: Facts): boolean {
  const collecting = ['list', 'watch'].includes(String(claim['verb']));
  return [...always, ...(collecting ? ofCollections : [])].every((key) => agrees(claim[key], sent[key]));
}

function agrees(claim: unknown, sent: unknown): boolean {
  if (isUnknown(claim) || isUnknown(sent)) return true;
  if (Array.isArray(claim) && Array.isArray(sent)) return agreesList(claim, sent);
  if (typeof claim !== 'object' || claim === null) return claim === undefined || Object.is(claim, sent);
  return (
    typeof sent === 'object' &&
    sent !== null &&
    Object.entries(claim).every(([key, value]) => agrees(value, (sent as Facts)[key]))
  );
}

function agreesList(claim: readonly unknown[], sent: readonly unknown[]): boolean {
  if (claim.some(isUnknown)) return true;
  return claim.length === sent.length && claim.every((one, index) => agrees(one, sent[index]));
}
