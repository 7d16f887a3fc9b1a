/** The commands that look. What they read besides, to draw a table or to describe an object, is not listed. */
import { objectOf, ValueSet, type Value } from '../../../values/value.js';
import { requestFacts } from '../entry.js';
import { requestMember } from '../request.js';
import { isSet, lastValue } from './invocation.js';
import { entryFor, readsFiles, type Scope } from './scope.js';
import { builtinTarget, fileTarget, targetsOf, type Target } from './target.js';

/** The requests of a command, or null where kubectl refuses it. */
export type Command = (scope: Scope) => readonly Value[] | null;

export function withTargets(
  scope: Scope,
  args: readonly string[],
  each: (target: Target) => readonly Value[],
) {
  if (readsFiles(scope)) return args.length === 0 ? fileTargets(scope).flatMap(each) : null;
  return targetsOf(args)?.flatMap(each) ?? null;
}

/** The objects of the files, or one that stands for whatever is in them. */
function fileTargets({ input }: Scope): readonly Target[] {
  return input === null ? [fileTarget()] : input.manifests.map(({ target }) => target);
}

const get: Command = (scope) => {
  const raw = lastValue(scope, 'raw');
  if (raw !== undefined) return scope.args.length === 0 ? [rawRequest(scope, 'GET', raw)] : null;
  const watches = isSet(scope, 'watch') || isSet(scope, 'watch-only');
  const subresource = lastValue(scope, 'subresource') ?? '';
  const more = subresource === '' ? {} : { subresource };
  return withTargets(scope, scope.args, (target) => [
    entryFor(scope, target, target.name === null && !readsFiles(scope) ? 'list' : 'get', more),
    ...(watches ? [entryFor(scope, target, 'watch', more)] : []),
  ]);
};

/** The path that kubectl sends as it is written. A body comes from a file. */
export function rawRequest(scope: Scope, method: 'GET' | 'POST' | 'PUT' | 'DELETE', target: string): Value {
  const text = method === 'GET' || method === 'DELETE' ? '' : scope.input?.text;
  const body = new TextEncoder().encode(text ?? '');
  return requestMember({ method, target, scheme: 'https', headers: [], body, whole: text !== undefined });
}

const describe: Command = (scope) =>
  withTargets(scope, scope.args, (target) => [
    entryFor(scope, target, target.name === null && !readsFiles(scope) ? 'list' : 'get'),
  ]);

/** Each object is listed by its name and watched. */
const wait: Command = (scope) =>
  withTargets(scope, scope.args, (target) => [
    entryFor(scope, target, 'list'),
    entryFor(scope, target, 'watch'),
  ]);

const events: Command = (scope) => {
  if (scope.args.length > 0) return null;
  const target = builtinTarget('events', null);
  const watches = isSet(scope, 'watch');
  return [entryFor(scope, target, 'list'), ...(watches ? [entryFor(scope, target, 'watch')] : [])];
};

const top =
  (resource: 'pods' | 'nodes'): Command =>
  (scope) => {
    const [name = null, ...rest] = scope.args;
    const target = { ...builtinTarget(resource, name), group: 'metrics.k8s.io', version: 'v1beta1' };
    return rest.length > 0 ? null : [entryFor(scope, target, name === null ? 'list' : 'get')];
  };

const rolloutView: Command = (scope) =>
  withTargets(scope, scope.args, (target) => [
    entryFor(scope, target, target.name === null && !readsFiles(scope) ? 'list' : 'get'),
  ]);

const rolloutStatus: Command = (scope) =>
  withTargets(scope, scope.args, (target) => [
    entryFor(scope, target, 'list'),
    entryFor(scope, target, 'watch'),
  ]);

const viewLastApplied: Command = (scope) =>
  withTargets(scope, scope.args, (target) => [
    entryFor(scope, target, target.name === null && !readsFiles(scope) ? 'list' : 'get'),
  ]);

/** Discovery: what the server has, not what is in it. */
const discovery =
  (path: string): Command =>
  ({ impersonation }) => [
    requestFacts({
      verb: 'get',
      path,
      read_only: true,
      dry_run: false,
      all_namespaces: false,
      impersonation,
    }),
  ];

const version: Command = (scope) => (isSet(scope, 'client') ? [] : discovery('/version')(scope));

const clusterInfo: Command = (scope) => [
  entryFor({ ...scope, namespace: 'kube-system' }, builtinTarget('services', null), 'list', {
    label_selector: [
      objectOf([
        ['key', 'kubernetes.io/cluster-service'],
        ['operator', 'In'],
        ['values', ValueSet.of(['true'])],
      ]),
    ],
  }),
];

const canI: Command = (scope) => {
  const resource = isSet(scope, 'list') ? 'selfsubjectrulesreviews' : 'selfsubjectaccessreviews';
  return [entryFor(scope, builtinTarget(resource, null), 'create', { name: undefined })];
};

const whoAmI: Command = (scope) => [
  entryFor(scope, builtinTarget('selfsubjectreviews', null), 'create', { name: undefined }),
];

const nothing: Command = () => [];

export const readingCommands: Readonly<Record<string, Command>> = {
  get,
  describe,
  wait,
  events,
  'top pod': top('pods'),
  'top node': top('nodes'),
  'rollout history': rolloutView,
  'rollout status': rolloutStatus,
  'apply view-last-applied': viewLastApplied,
  'api-resources': discovery('/apis'),
  'api-versions': discovery('/apis'),
  explain: discovery('/openapi/v3'),
  version,
  'cluster-info': clusterInfo,
  'auth can-i': canI,
  'auth whoami': whoAmI,
  'plugin list': nothing,
  completion: nothing,
  kustomize: nothing,
};
