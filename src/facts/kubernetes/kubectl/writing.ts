/** The commands that change what is there. */
import { objectOf, Unknown, type Maybe, type Value } from '../../../values/value.js';
import { readJsonText } from '../body.js';
import { readYamlText } from '../yaml.js';
import { patchFacts, podIn, writtenContent } from '../content.js';
import type { Entry } from '../entry.js';
import { podFacts } from '../pod.js';
import { isSet, lastValue } from './invocation.js';
import { rawRequest, withTargets, type Command } from './reading.js';
import { entryFor, readsFiles, type Scope } from './scope.js';
import { builtinTarget, fileTarget, isName, targetsOf, typeOf, type Target } from './target.js';

const inFiles = new Unknown('what is in the files is not known');
const made = new Unknown('kubectl makes the object from what the server has');

const fromFiles =
  (verbs: (scope: Scope) => readonly string[]): Command =>
  (scope) => {
    if (!readsFiles(scope) || scope.args.length > 0) return null;
    const manifests = scope.input?.manifests ?? [{ target: fileTarget(), object: inFiles }];
    return manifests.flatMap((manifest) => verbs(scope).map((verb) => fileEntry(scope, manifest, verb)));
  };

interface Written {
  readonly target: Target;
  readonly object: Value;
}

function fileEntry(scope: Scope, { target, object }: Written, verb: string): Value {
  if (verb === 'delete') return entryFor(scope, target, verb);
  const place = placeOf(target, '');
  const whole = object instanceof Unknown ? object : writtenContent(object, place, 'update').pod;
  if (verb !== 'patch') return entryFor(scope, target, verb, { object, pod: whole });
  if (!isSet(scope, 'server-side')) return entryFor(scope, target, verb, { object: made, pod: whole });
  const { patchType, pod } = patchFacts('apply', object, place);
  return entryFor(scope, target, verb, { object, patch_type: patchType, pod });
}

const raw =
  (method: 'POST' | 'PUT' | 'DELETE', otherwise: Command): Command =>
  (scope) => {
    const target = lastValue(scope, 'raw');
    return target === undefined ? otherwise(scope) : [rawRequest(scope, method, target)];
  };

/** Existing objects are patched and others are created; only the server knows which exist. */
const applyObjects = fromFiles((scope) => [
  ...(isSet(scope, 'server-side') ? ['patch'] : ['create', 'patch']),
  ...(isSet(scope, 'force') ? ['delete'] : []),
]);

/** Pruning deletes what the files do not have. */
const apply: Command = (scope) => {
  const requests = applyObjects(scope);
  if (requests === null || !isSet(scope, 'prune')) return requests;
  return [...requests, entryFor(scope, fileTarget(), 'delete')];
};

const replace = fromFiles((scope) => (isSet(scope, 'force') ? ['delete', 'create'] : ['update']));

/** Nothing of it is stored. */
const diff: Command = (scope) => fromFiles(() => ['patch'])({ ...scope, dryRun: true });

const remove: Command = (scope) =>
  withTargets(scope, scope.args, (target) => [entryFor(scope, target, 'delete')]);

/** Whatever the patch says, pods included. */
const patchTypes: Readonly<Record<string, 'json' | 'merge' | 'strategic'>> = {
  json: 'json',
  merge: 'merge',
  strategic: 'strategic',
};

const patch: Command = (scope) => {
  const type = patchTypes[(lastValue(scope, 'type') ?? 'strategic').toLowerCase()];
  if (type === undefined) return null;
  const text = lastValue(scope, 'patch');
  const content = text === undefined ? inFiles : readPatch(text);
  const subresource = lastValue(scope, 'subresource') ?? '';
  return withTargets(scope, scope.args, (target) => {
    const facts = patchFacts(type, content, placeOf(target, subresource));
    const more = { patch_type: facts.patchType, object: facts.object, pod: facts.pod };
    return [entryFor(scope, target, 'patch', subresource === '' ? more : { subresource, ...more })];
  });
};

/** kubectl takes YAML as well. */
function readPatch(text: string): Value {
  const json = readJsonText(text);
  return json instanceof Unknown ? readYamlText(text) : json;
}

/** A resource that is not known is one of which nothing is known. */
function placeOf({ builtin }: Target, subresource: string) {
  const { group, resource } = builtin ?? { group: '?', resource: '?' };
  return { group, resource, subresource: subresource === '' ? null : subresource };
}

/** A patch that kubectl makes; `pod` is what it says of pods. */
function patchEntry(scope: Scope, target: Target, more: Partial<Entry> = {}): Value {
  return entryFor(scope, target, 'patch', { object: made, ...more });
}

/** `label pods web a=b c-`: what is no pair, and takes nothing away, is a name. */
const metadata: Command = (scope) => {
  const isChange = (arg: string) => /=|-$/.test(arg) && !arg.startsWith('=');
  const first = scope.args.findIndex(isChange);
  const names = first === -1 ? scope.args : scope.args.slice(0, first);
  if (first !== -1 && !scope.args.slice(first).every(isChange)) return null;
  const reads = isSet(scope, 'list') || isSet(scope, 'local');
  return withTargets(scope, names, (target) =>
    reads && first === -1
      ? [entryFor(scope, target, 'get')]
      : [patchEntry(scope, target, { patch_type: 'merge' })],
  );
};

const edit: Command = (scope) =>
  withTargets(scope, scope.args, (target) => {
    const subresource = lastValue(scope, 'subresource') ?? '';
    const pod = podIn(placeOf(target, subresource), () => made);
    return [patchEntry(scope, target, { ...(subresource === '' ? {} : { subresource }), pod })];
  });

const scale: Command = (scope) => {
  const replicas = lastValue(scope, 'replicas');
  if (replicas === undefined || !/^\d{1,9}$/.test(replicas)) return null;
  const object = objectOf([['spec', objectOf([['replicas', Number(replicas)]])]]);
  return withTargets(scope, scope.args, (target) => [
    patchEntry(scope, target, { subresource: 'scale', patch_type: 'merge', object }),
  ]);
};

/** `create` of something that is named like what it is for. */
const companion =
  (resource: string): Command =>
  (scope) =>
    withTargets(scope, scope.args, (target) => {
      const name = lastValue(scope, 'name') ?? target.name;
      const { namespace } = target;
      const beside = builtinTarget(resource, name);
      const place = namespace === undefined ? beside : { ...beside, namespace };
      return [entryFor(scope, place, 'create', { object: made })];
    });

/** `set image deploy/web app=nginx:1.27`. */
const setImage: Command = (scope) => {
  const first = scope.args.findIndex((arg) => arg.includes('='));
  if (first === -1) return null;
  const containers = scope.args.slice(first).map((arg) => {
    const [, name, image] = /^([^=]*)=([^]*)$/.exec(arg) ?? [];
    const image_ = ['image', image ?? ''] as const;
    return objectOf(name === '*' ? [image_] : [['name', name ?? ''], image_]);
  });
  const pod = podFacts(objectOf([['containers', containers]]), 'part');
  return changePods(scope, scope.args.slice(0, first), pod);
};

function changePods(scope: Scope, args: readonly string[], pod: Maybe) {
  if (isSet(scope, 'local')) return [];
  return withTargets(scope, args, (target) => [
    patchEntry(scope, target, { patch_type: 'strategic', pod: podIn(placeOf(target, ''), () => pod) }),
  ]);
}

const setEnv: Command = (scope) => {
  const isChange = (arg: string) => /=|-$/.test(arg);
  return changePods(
    scope,
    scope.args.filter((arg) => !isChange(arg)),
    made,
  );
};

/** Whichever containers they are, one stands for all: nothing else is said of them. */
const anyContainer = podFacts(objectOf([['containers', [objectOf([['name', made]])]]]), 'part');

const setResources: Command = (scope) => changePods(scope, scope.args, anyContainer);

const setServiceAccount: Command = (scope) => {
  const account = scope.args.at(-1) ?? '';
  const pod = podFacts(objectOf([['serviceAccountName', account]]), 'part');
  return isName(account) ? changePods(scope, scope.args.slice(0, -1), pod) : null;
};

/** `set selector svc/web a=b`: the selector is the last word. */
const setSelector: Command = (scope) => setObjects(scope, scope.args.slice(0, -1));

const setSubject: Command = (scope) => setObjects(scope, scope.args);

function setObjects(scope: Scope, args: readonly string[]) {
  return isSet(scope, 'local') ? [] : withTargets(scope, args, (target) => [patchEntry(scope, target)]);
}

const rollout =
  (pod: Maybe): Command =>
  (scope) =>
    withTargets(scope, scope.args, (target) => [
      patchEntry(scope, target, { pod: podIn(placeOf(target, ''), () => pod) }),
    ]);

const node: Command = (scope) => {
  const names = scope.args.length === 0 ? [null] : scope.args;
  if (!names.every((name) => name === null || isName(name))) return null;
  return names.map((name) => patchEntry(scope, builtinTarget('nodes', name), { patch_type: 'strategic' }));
};

/** The pods of a node, wherever they belong, and whichever they are then. */
const drain: Command = (scope) => {
  const nodes = node(scope);
  const pods = { ...scope, everyNamespace: true };
  const target = builtinTarget('pods', null);
  const gone = isSet(scope, 'disable-eviction')
    ? entryFor(pods, target, 'delete')
    : entryFor(pods, target, 'create', { subresource: 'eviction', object: made });
  return nodes === null ? null : [...nodes, gone];
};

/** With a selector, the names beside it count for nothing. */
const taint: Command = (scope) => {
  const [type = '', ...rest] = scope.args;
  const selects = scope.flags.has('selector') || isSet(scope, 'all');
  const names = selects ? [] : rest.filter((arg) => !/[=:]|-$/.test(arg));
  const targets = typeOf(type).builtin?.resource === 'nodes' ? targetsOf([type, ...names]) : null;
  return targets?.map((target) => patchEntry(scope, target, { patch_type: 'strategic' })) ?? null;
};

const certificate: Command = (scope) => {
  const names = readsFiles(scope) ? [null] : scope.args;
  if (names.length === 0 || !names.every((name) => name === null || isName(name))) return null;
  return names.map((name) =>
    entryFor(scope, builtinTarget('certificatesigningrequests', name), 'update', {
      subresource: 'approval',
      object: made,
    }),
  );
};

export const writingCommands: Readonly<Record<string, Command>> = {
  apply,
  'apply set-last-applied': fromFiles(() => ['patch']),
  'apply edit-last-applied': edit,
  replace: raw('PUT', replace),
  delete: raw('DELETE', remove),
  create: raw(
    'POST',
    fromFiles(() => ['create']),
  ),
  diff,
  patch,
  edit,
  scale,
  label: metadata,
  annotate: metadata,
  autoscale: companion('horizontalpodautoscalers'),
  expose: companion('services'),
  'set image': setImage,
  'set env': setEnv,
  'set resources': setResources,
  'set serviceaccount': setServiceAccount,
  'set selector': setSelector,
  'set subject': setSubject,
  'rollout restart': rollout(undefined),
  'rollout pause': rollout(undefined),
  'rollout resume': rollout(undefined),
  'rollout undo': rollout(made),
  cordon: node,
  uncordon: node,
  drain,
  taint,
  'certificate approve': certificate,
  'certificate deny': certificate,
  // A binding to another role takes the place of the old one.
  'auth reconcile': fromFiles(() => ['create', 'update', 'delete']),
};
