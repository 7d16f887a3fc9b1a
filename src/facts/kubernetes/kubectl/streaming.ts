/** The commands that open a way into a pod, or read what comes out of it. */
import { objectOf, Unknown, ValueSet, type Maybe, type Value } from '../../../engine/value.js';
import type { Entry } from '../entry.js';
import { podFacts } from '../pod.js';
import { isSet, lastValue } from './invocation.js';
import type { Command } from './reading.js';
import { entryFor, type Scope } from './scope.js';
import { builtinTarget, isName, targetsOf, type Target } from './target.js';

/** `web`, `pod/web`, `deploy/web`: of anything but a pod, the server's state decides which pod it is. */
export function podTarget(written: string): Target | null {
  if (!written.includes('/')) return isName(written) ? builtinTarget('pods', written) : null;
  const [target] = targetsOf([written]) ?? [];
  if (target === undefined) return null;
  return builtinTarget('pods', target.builtin?.resource === 'pods' ? target.name : null);
}

function streamFlags(scope: Scope): Partial<Entry> {
  const container = lastValue(scope, 'container') ?? '';
  return {
    ...(container === '' ? {} : { container }),
    stdin: isSet(scope, 'stdin'),
    tty: isSet(scope, 'tty'),
  };
}

/** The command is what follows the pod, with `--` between them or, with older versions, without. */
const exec: Command = (scope) => {
  const ofFile = scope.flags.has('filename');
  const [pod = '', ...argv] = ofFile ? [null, ...scope.args] : scope.args;
  const target = pod === null ? builtinTarget('pods', null) : podTarget(pod);
  if (target === null || argv.length === 0 || (scope.beforeDash ?? 1) !== (ofFile ? 0 : 1)) return null;
  return [entryFor(scope, target, 'connect', { subresource: 'exec', ...streamFlags(scope), argv })];
};

const attach: Command = (scope) => {
  const target = podTarget(scope.args[0] ?? '');
  if (target === null || scope.args.length !== 1) return null;
  return [entryFor(scope, target, 'connect', { subresource: 'attach', ...streamFlags(scope) })];
};

/** `logs web`, `logs web app`, `logs -l app=web`. */
const logs: Command = (scope) => {
  const [pod, positional, ...rest] = scope.args;
  const selects = (lastValue(scope, 'selector') ?? '') !== '';
  const target = pod === undefined ? builtinTarget('pods', null) : podTarget(pod);
  if (target === null || rest.length > 0 || (pod === undefined) !== selects) return null;
  const container = positional ?? lastValue(scope, 'container') ?? '';
  return [entryFor(scope, target, 'get', { subresource: 'log', ...(container === '' ? {} : { container }) })];
};

/** Ports of a service are mapped to those of its pods by the server. */
const portForward: Command = (scope) => {
  const [written = '', ...forwards] = scope.args;
  const target = podTarget(written);
  if (target === null || forwards.length === 0) return null;
  const ports = forwards.map((forward) => forward.split(':').at(-1)!);
  const numbers = ports.every((port) => /^\d{1,5}$/.test(port)) && target.name !== null;
  const named = numbers ? ports.map(Number) : new Unknown('the server maps the ports');
  return [entryFor(scope, target, 'connect', { subresource: 'portforward', ports: named })];
};

/** `cp shop/web:/tmp/a .` runs tar in the pod. */
const cp: Command = (scope) => {
  const remote = scope.args.map(remoteOf).filter((place) => place !== null);
  const [place] = remote;
  if (scope.args.length !== 2 || place === undefined || remote.length !== 1 || !isName(place.pod))
    return null;
  const inside = place.namespace === null ? scope : { ...scope, namespace: place.namespace };
  const argv = new Unknown('kubectl runs tar with arguments of its own');
  const container = lastValue(scope, 'container') ?? '';
  const chosen = container === '' ? {} : { container };
  return [entryFor(inside, builtinTarget('pods', place.pod), 'connect', { subresource: 'exec', ...chosen, stdin: argv, tty: false, argv })]; // prettier-ignore
};

function remoteOf(written: string): { readonly namespace: string | null; readonly pod: string } | null {
  const colon = written.indexOf(':');
  if (colon <= 0) return null;
  const parts = written.slice(0, colon).split('/');
  if (parts.length > 2) return null;
  return { namespace: parts.length === 2 ? parts[0]! : null, pod: parts.at(-1)! };
}

/** A container beside those of a pod, a changed copy of the pod, or a pod that has the whole node. */
const debug: Command = (scope) => {
  const [written = '', ...command] = scope.args;
  const [target] = targetsOf([written.includes('/') ? written : `pods/${written}`]) ?? [];
  if (target === undefined) return null;
  const attaches = isSet(scope, 'stdin') || isSet(scope, 'attach');
  const follow = (name: string | null): readonly Value[] =>
    attaches ? [entryFor(scope, builtinTarget('pods', name), 'connect', { subresource: 'attach', ...streamFlags(scope) })] : []; // prettier-ignore
  if (target.builtin?.resource === 'nodes') return [debugNode(scope, command), ...follow(null)];
  if (target.builtin?.resource !== 'pods') return null;
  const copy = lastValue(scope, 'copy-to');
  if (copy !== undefined)
    return [
      entryFor(scope, builtinTarget('pods', copy), 'create', { pod: unknownPod, object: unknownPod }),
      ...follow(copy),
    ];
  const pod = objectOf([...podEntries(debugContainer(scope, command, 'ephemeral'))]);
  const more = { subresource: 'ephemeralcontainers', patch_type: 'strategic', object: unknownPod, pod };
  return [entryFor(scope, target, 'patch', more), ...follow(target.name)];
};

const unknownPod = new Unknown('kubectl makes the object from what the server has');
const ofProfile = new Unknown('the profile decides it');

function debugContainer(scope: Scope, command: readonly string[], kind: 'container' | 'ephemeral'): Value {
  const image = lastValue(scope, 'image');
  const fields = image === undefined ? {} : { image };
  const spec = { [kind === 'ephemeral' ? 'ephemeralContainers' : 'containers']: [fields] };
  const [facts] = containersOf(podFacts(objectOf(Object.entries(spec)), 'whole'));
  const words = isSet(scope, 'arguments-only') ? { args: command } : { command };
  const chosen = { ...profileOf(scope), ...words };
  return objectOf(Object.entries({ ...(facts as Record<string, Value>), ...chosen }));
}

/** What the profiles of kubectl give a container; which one is the default depends on its version. */
const profiles: ReadonlyMap<string, readonly string[]> = new Map([
  ['legacy', []],
  ['baseline', []],
  ['restricted', []],
  ['general', ['SYS_PTRACE']],
  ['netadmin', ['NET_ADMIN', 'NET_RAW']],
]);

function profileOf(scope: Scope): Record<string, Value> {
  const profile = lastValue(scope, 'profile') ?? '';
  const added = profiles.get(profile);
  if (added === undefined || scope.flags.has('custom'))
    return { privileged: profile === 'sysadmin' ? true : ofProfile, capabilities: ofProfile };
  const drop = ValueSet.of(profile === 'restricted' ? ['ALL'] : []);
  return { privileged: false, capabilities: objectOf([['add', ValueSet.of(added)], ['drop', drop]]) }; // prettier-ignore
}

const containersOf = (pod: Value): readonly Value[] => (pod as { containers: readonly Value[] }).containers;

function* podEntries(container: Value): Generator<readonly [string, Value]> {
  yield ['containers', [container]];
  yield ['volumes', []];
  yield ['host_paths', ValueSet.empty];
  yield ['secrets', ValueSet.empty];
}

/** Profiles differ in how much of the node the pod gets; the usual ones mount all of it. */
function debugNode(scope: Scope, command: readonly string[]): Value {
  const doubts = ['host_network', 'host_pid', 'host_ipc', 'volumes'].map((key) => [key, ofProfile] as const);
  const paths: Maybe = ValueSet.of(['/', ofProfile]);
  const pod = objectOf([
    ...podEntries(debugContainer(scope, command, 'container')),
    ...doubts,
    ['host_paths', paths],
  ]);
  return entryFor(scope, builtinTarget('pods', null), 'create', { object: unknownPod, pod });
}

const proxy: Command = () => [new Unknown('the proxy lets requests of others through')];

export const streamingCommands: Readonly<Record<string, Command>> = {
  exec,
  attach,
  logs,
  'port-forward': portForward,
  cp,
  debug,
  proxy,
};
