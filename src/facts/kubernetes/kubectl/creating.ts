/** `kubectl create …` and `kubectl run`: objects that are made of flags. */
import { objectOf, Unknown, type Maybe, type Value } from '../../../values/value.js';
import { podFacts } from '../pod.js';
import { isSet, lastValue } from './invocation.js';
import type { Command } from './reading.js';
import { entryFor, readsFiles, type Scope } from './scope.js';
import { builtinTarget, isName } from './target.js';

const made = new Unknown('kubectl makes the object from its flags');

/** `create KIND NAME`; what comes before `--` is the name alone. */
const create =
  (resource: string, pod: (scope: Scope, command: readonly string[]) => Maybe = () => undefined): Command =>
  (scope) => {
    const [name = '', ...command] = scope.args;
    if (!isName(name) || (scope.beforeDash ?? 1) !== 1) return null;
    const facts = pod(scope, command);
    return [entryFor(scope, builtinTarget(resource, name), 'create', { object: made, pod: facts })];
  };

const images = (scope: Scope): readonly string[] =>
  (scope.flags.get('image') ?? []).flatMap((list) => list.split(','));

/** Containers are called like their images, which says nothing that the image does not. */
const podOfImages = (scope: Scope, command: readonly string[]): Value =>
  podFacts(
    objectOf([
      [
        'containers',
        images(scope).map((image) =>
          objectOf([['image', image], ...(command.length === 0 ? [] : [['command', command] as const])]),
        ),
      ],
    ]),
    'whole',
  );

/** A job may be made of a cron job that is there. */
const podOfJob = (scope: Scope, command: readonly string[]): Value =>
  scope.flags.has('from') ? new Unknown('the job is that of a cron job') : podOfImages(scope, command);

const token: Command = (scope) => {
  const [name = '', ...rest] = scope.args;
  if (!isName(name) || rest.length > 0) return null;
  return [
    entryFor(scope, builtinTarget('serviceaccounts', name), 'create', { subresource: 'token', object: made }),
  ];
};

/** `run NAME --image=IMAGE -- ARGS`. */
const run: Command = (scope) => {
  const [name = '', ...words] = scope.args;
  if (!isName(name) || (scope.beforeDash ?? 1) > 1 || readsFiles(scope)) return null;
  const target = builtinTarget('pods', name);
  const attaches = isSet(scope, 'attach') || isSet(scope, 'stdin') || isSet(scope, 'tty');
  const switches = { stdin: isSet(scope, 'stdin'), tty: isSet(scope, 'tty') };
  return [
    entryFor(scope, target, 'create', { object: made, pod: podOfRun(scope, name, words) }),
    ...(isSet(scope, 'expose')
      ? [entryFor(scope, builtinTarget('services', name), 'create', { object: made })]
      : []),
    ...(attaches && !scope.dryRun
      ? [entryFor(scope, target, 'connect', { subresource: 'attach', ...switches })]
      : []),
    ...(isSet(scope, 'rm') && !scope.dryRun ? [entryFor(scope, target, 'delete')] : []),
  ];
};

function podOfRun(scope: Scope, name: string, words: readonly string[]): Value {
  if (scope.flags.has('overrides')) return new Unknown('the overrides are merged by kubectl');
  const place = isSet(scope, 'command') ? 'command' : 'args';
  const container = objectOf([
    ['name', name],
    ['image', lastValue(scope, 'image') ?? ''],
    ...(words.length === 0 ? [] : [[place, words] as const]),
    ['securityContext', objectOf([['privileged', isSet(scope, 'privileged')]])],
  ]);
  return podFacts(objectOf([['containers', [container]]]), 'whole');
}

export const creatingCommands: Readonly<Record<string, Command>> = {
  run,
  'create token': token,
  'create deployment': create('deployments', podOfImages),
  'create job': create('jobs', podOfJob),
  'create cronjob': create('cronjobs', podOfImages),
  'create clusterrole': create('clusterroles'),
  'create clusterrolebinding': create('clusterrolebindings'),
  'create configmap': create('configmaps'),
  'create ingress': create('ingresses'),
  'create namespace': create('namespaces'),
  'create poddisruptionbudget': create('poddisruptionbudgets'),
  'create priorityclass': create('priorityclasses'),
  'create quota': create('resourcequotas'),
  'create role': create('roles'),
  'create rolebinding': create('rolebindings'),
  'create secret docker-registry': create('secrets'),
  'create secret generic': create('secrets'),
  'create secret tls': create('secrets'),
  'create service clusterip': create('services'),
  'create service externalname': create('services'),
  'create service loadbalancer': create('services'),
  'create service nodeport': create('services'),
  'create serviceaccount': create('serviceaccounts'),
};
