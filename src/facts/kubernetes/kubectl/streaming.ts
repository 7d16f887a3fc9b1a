/** The commands that open a way into a pod, or read what comes out of it. */
import { Unknown } from '../../../values/value.js';
import { lastValue } from './invocation.js';
import { debug } from './debugging.js';
import type { Command } from './reading.js';
import { entryFor, streamFlags } from './scope.js';
import { builtinTarget, isName, targetsOf, type Target } from './target.js';

/** `web`, `pod/web`, `deploy/web`: of anything but a pod, the server's state decides which pod it is. */
export function podTarget(written: string): Target | null {
  if (!written.includes('/')) return isName(written) ? builtinTarget('pods', written) : null;
  const [target] = targetsOf([written]) ?? [];
  if (target === undefined) return null;
  return builtinTarget('pods', target.builtin?.resource === 'pods' ? target.name : null);
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
