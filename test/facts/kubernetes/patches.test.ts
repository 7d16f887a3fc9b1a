/**
 * What patches add to a deployment that has nothing a rule would mind, by the code of Kubernetes itself, compared with the
 * facts of the patches. Facts may be unknown; what is added and not in them would go past every rule. The table is written by
 * scripts/kubernetes-oracle.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { toJson } from '../../../src/values/value.js';
import { deriveRequest } from '../../../src/facts/kubernetes/request.js';
import { requestOf } from './read-case.js';

interface Row {
  readonly type: string;
  readonly patch: unknown;
  /** Absent where the server refuses the patch. */
  readonly features?: readonly string[];
}
type Facts = Readonly<Record<string, unknown>>;

const rows = readFileSync(join(process.cwd(), 'test/facts/kubernetes/patches.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Row);

const mediaTypes: Readonly<Record<string, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

const deployments = '/apis/apps/v1/namespaces/shop/deployments';

function podOf({ type, patch }: Row): unknown {
  const request = type === 'create' ? `POST ${deployments}` : `PATCH ${deployments}/web`;
  const sent = mediaTypes[type] ?? 'application/json';
  const facts = deriveRequest(requestOf({ request, type: sent, body: patch, expect: {} }));
  return (toJson(facts) as { requests: readonly Facts[] }).requests[0]!['pod'];
}

const isUnknown = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && '$unknown' in value;

/** The same words as the table's; `?` where anything may be. */
function featuresOf(pod: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const note = (value: unknown, feature: (known: unknown) => string | null): void => {
    const word = isUnknown(value) ? '?' : feature(value);
    if (word !== null) found.add(word);
  };
  const each = (values: unknown, prefix: string): void => {
    if (!Array.isArray(values)) note(values, () => null);
    else for (const value of values) note(value, (known) => `${prefix} ${String(known)}`);
  };
  const isTrue = (word: string) => (value: unknown) => (value === true ? word : null);
  const facts = pod as Facts | undefined;
  if (facts === undefined || isUnknown(facts)) return new Set(facts === undefined ? [] : ['?']);
  note(facts['host_pid'], isTrue('host_pid'));
  note(facts['host_network'], isTrue('host_network'));
  note(facts['run_as_user'], (user) => (user === 0 ? 'root' : null));
  note(facts['service_account'], (name) => (typeof name === 'string' ? `service_account ${name}` : null));
  each(facts['host_paths'], 'host_path');
  for (const volume of facts['volumes'] as readonly Facts[])
    if (isUnknown(volume)) found.add('?');
    else each(volume['secrets'], 'secret');
  for (const one of facts['containers'] as readonly Facts[]) {
    if (isUnknown(one)) {
      found.add('?');
      continue;
    }
    note(one['privileged'], isTrue('privileged'));
    note(one['run_as_user'], (user) => (user === 0 ? 'root' : null));
    note(one['image'], (image) =>
      image === undefined ? null : `image ${String((image as Facts)['reference'])}`,
    );
    each((one['capabilities'] as Facts)['add'], 'capability');
    each(one['host_ports'], 'host_port');
  }
  return found;
}

const accepted = rows.filter(({ features }) => features !== undefined);

describe('the table', () => {
  test('has much in it that the server takes', () => {
    expect(accepted.filter(({ features }) => features!.length > 0).length).toBeGreaterThan(300);
  });
});

describe.each(['strategic', 'merge', 'json', 'create'])('%s', (type) => {
  const ofType = accepted.filter((row) => row.type === type);

  test('adds nothing that is not in the facts', () => {
    const missed = ofType.flatMap((row) => {
      const ours = featuresOf(podOf(row));
      const gone = ours.has('?') ? [] : row.features!.filter((feature) => !ours.has(feature));
      return gone.length === 0 ? [] : [{ row, gone }];
    });
    expect(missed).toEqual([]);
  });
});

test('what is created has the facts that the server finds in it, and no others', () => {
  const harmless = /^(service_account default|service_account shop|root)$/;
  const more = accepted
    .filter(({ type }) => type === 'create')
    .flatMap((row) => {
      const ours = [...featuresOf(podOf(row))].filter((feature) => !row.features!.includes(feature));
      return ours.every((feature) => feature === '?' || harmless.test(feature)) ? [] : [{ row, ours }];
    });
  expect(more).toEqual([]);
});

test('most of what is accepted is known', () => {
  const doubtful = accepted.filter((row) => row.type !== 'json' && featuresOf(podOf(row)).has('?'));
  expect(doubtful.filter(({ patch }) => !JSON.stringify(patch).includes('"$patch"'))).toEqual([]);
});
