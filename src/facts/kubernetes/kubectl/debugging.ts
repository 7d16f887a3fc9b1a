/** `kubectl debug`: a container beside those of a pod, a changed copy of the pod, or a pod that has the whole node. */
import { objectOf, Unknown, type Value } from '../../../values/value.js';
import { podFacts } from '../pod.js';
import { isSet, lastValue } from './invocation.js';
import type { Command } from './reading.js';
import { entryFor, streamFlags, type Scope } from './scope.js';
import { builtinTarget, targetsOf } from './target.js';

/** All arguments before `--` are pods and nodes. */
export const debug: Command = (scope) => {
  const end = scope.beforeDash ?? scope.args.length;
  const written = scope.args.slice(0, end).map((arg) => (arg.includes('/') ? arg : `pods/${arg}`));
  const command = scope.args.slice(end);
  const targets = targetsOf(written);
  if (targets?.every(({ builtin }) => builtin?.resource === 'pods' || builtin?.resource === 'nodes') !== true)
    return null;
  return targets.flatMap(({ builtin, name }) =>
    builtin?.resource === 'nodes'
      ? [debugNode(scope, command), ...attached(scope, null)]
      : debugPod(scope, name!, command),
  );
};

const made = new Unknown('kubectl makes the object from what the server has');
const ofProfile = new Unknown('the profile decides it');

function debugPod(scope: Scope, name: string, command: readonly string[]): readonly Value[] {
  const copy = lastValue(scope, 'copy-to');
  if (copy !== undefined) {
    const more = { object: made, pod: made };
    const gone = isSet(scope, 'replace') ? [entryFor(scope, builtinTarget('pods', name), 'delete')] : [];
    return [...gone, entryFor(scope, builtinTarget('pods', copy), 'create', more), ...attached(scope, copy)];
  }
  const spec = objectOf([['ephemeralContainers', [containerOf(scope, command)]]]);
  // A name that is chosen may be that of a container that is there, which then gets what the profile says.
  const pod = scope.flags.has('container') ? made : withDoubts(scope, podFacts(spec, 'part'));
  const more = { subresource: 'ephemeralcontainers', patch_type: 'strategic', object: made, pod };
  return [entryFor(scope, builtinTarget('pods', name), 'patch', more), ...attached(scope, name)];
}

/** Profiles differ in how much of the node the pod gets; the usual ones mount all of it. */
function debugNode(scope: Scope, command: readonly string[]): Value {
  const pod = withDoubts(scope, podFacts(objectOf([['containers', [containerOf(scope, command)]]]), 'whole'));
  const [container] = pod['containers'] as readonly Readonly<Record<string, Value>>[];
  const keys = ['host_network', 'host_pid', 'host_ipc', 'volumes', 'host_paths', 'node'];
  const facts = objectOf([
    ...Object.entries(pod),
    ...keys.map((key) => [key, ofProfile] as const),
    ['containers', [objectOf([...Object.entries(container!), ['mounts', ofProfile]])]],
  ]);
  return entryFor(scope, builtinTarget('pods', null), 'create', { object: made, pod: facts });
}

function attached(scope: Scope, name: string | null): readonly Value[] {
  if (!isSet(scope, 'stdin') && !isSet(scope, 'attach')) return [];
  const more = { subresource: 'attach', ...streamFlags(scope), container: made };
  return [entryFor(scope, builtinTarget('pods', name), 'connect', more)];
}

/** What profiles give a container, for those that do so in every version. The default profile depends on the version. */
const contexts: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['baseline', objectOf([])],
  ['general', objectOf([['capabilities', objectOf([['add', ['SYS_PTRACE']]])]])],
  ['legacy', objectOf([])],
  ['sysadmin', objectOf([['privileged', true]])],
]);

function contextOf(scope: Scope): Value | undefined {
  return scope.flags.has('custom') ? undefined : contexts.get(lastValue(scope, 'profile') ?? '');
}

function containerOf(scope: Scope, command: readonly string[]): Value {
  const image = lastValue(scope, 'image');
  const context = contextOf(scope);
  return objectOf([
    ...(image === undefined ? [] : [['image', image] as const]),
    ...(command.length === 0
      ? []
      : [[isSet(scope, 'arguments-only') ? 'args' : 'command', command] as const]),
    ...(context === undefined ? [] : [['securityContext', context] as const]),
  ]);
}

/** For an unknown profile, its security settings are all unknown. */
const decided = ['privileged', 'allow_privilege_escalation', 'run_as_user', 'run_as_group', 'run_as_non_root', 'read_only_root_filesystem', 'capabilities']; // prettier-ignore

function withDoubts(scope: Scope, pod: Value): Readonly<Record<string, Value>> {
  const facts = pod as Readonly<Record<string, Value>>;
  if (contextOf(scope) !== undefined) return facts;
  const containers = facts['containers'] as readonly Readonly<Record<string, Value>>[];
  const doubts = decided.map((key) => [key, ofProfile] as const);
  return { ...facts, containers: containers.map((one) => objectOf([...Object.entries(one), ...doubts])) };
}
