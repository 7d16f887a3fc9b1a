/** The facts of one container. Their shape is in src/facts/schema/kubernetes.ts. */
import { isObject, objectOf, Unknown, ValueSet, type Maybe, type Value } from '../../values/value.js';
import { imageFacts } from '../image.js';
import { booleanAt, integerAt, listAt, memberOf, objectAt, textAt, textsAt } from './read.js';

export type ContainerKind = 'container' | 'init' | 'ephemeral';

/** Whether what is left out takes its default, or stays what it is (in a patch). */
export type Extent = 'whole' | 'part';

export function containerFacts(container: Value, kind: ContainerKind, pod: Maybe, extent: Extent): Value {
  if (!isObject(container)) return new Unknown('a container that cannot be read');
  const context = objectAt(container, 'securityContext');
  if (context instanceof Unknown) return new Unknown('a security context that cannot be read');
  const fallback = (value: Maybe): Maybe => (extent === 'whole' ? value : undefined);
  const fields: readonly (readonly [string, Maybe])[] = [
    ['name', textAt(container, 'name')],
    ['kind', kind],
    ['image', readImage(textAt(container, 'image'))],
    ['command', fallbackList(container, 'command', extent)],
    ['args', fallbackList(container, 'args', extent)],
    ['privileged', booleanAt(context, 'privileged') ?? fallback(false)],
    // The kubelet lets a process gain privileges where nothing is said.
    ['allow_privilege_escalation', booleanAt(context, 'allowPrivilegeEscalation') ?? fallback(true)],
    ['read_only_root_filesystem', booleanAt(context, 'readOnlyRootFilesystem') ?? fallback(false)],
    ['run_as_user', integerAt(context, 'runAsUser') ?? integerAt(pod, 'runAsUser')],
    ['run_as_group', integerAt(context, 'runAsGroup') ?? integerAt(pod, 'runAsGroup')],
    [
      'run_as_non_root',
      booleanAt(context, 'runAsNonRoot') ?? booleanAt(pod, 'runAsNonRoot') ?? fallback(false),
    ],
    ['host_process', hostProcess(context) ?? hostProcess(pod) ?? fallback(false)],
    ['capabilities', capabilities(context)],
    ['host_ports', ValueSet.of(hostPorts(container))],
    ['mounts', listAt(container, 'volumeMounts').map(mountFacts)],
    ['secrets', ValueSet.of(environmentSecrets(container))],
  ];
  return objectOf(fields.filter((entry): entry is readonly [string, Value] => entry[1] !== undefined));
}

function readImage(text: Maybe): Maybe {
  if (text === '') return undefined;
  return typeof text === 'string' ? imageFacts(text) : text;
}

function fallbackList(container: Value, key: string, extent: Extent): Maybe {
  return extent === 'part' && memberOf(container, key) === undefined ? undefined : textsAt(container, key);
}

/** Windows: the container is a process of the node. */
function hostProcess(context: Maybe): Maybe {
  const options = objectAt(context, 'windowsOptions');
  return options instanceof Unknown ? options : booleanAt(options, 'hostProcess');
}

function capabilities(context: Maybe): Value {
  const lists = objectAt(context, 'capabilities');
  const set = (key: string): Value =>
    lists instanceof Unknown ? lists : ValueSet.of(textsAt(lists, key).map(capabilityName));
  return objectOf([
    ['add', set('add')],
    ['drop', set('drop')],
  ]);
}

/** Runtimes take `net_admin` and `CAP_NET_ADMIN` for `NET_ADMIN`. */
function capabilityName(name: Value): Value {
  return typeof name === 'string' ? name.toUpperCase().replace(/^CAP_/, '') : name;
}

function hostPorts(container: Value): Value[] {
  const ports = listAt(container, 'ports').map((port) =>
    isObject(port) ? integerAt(port, 'hostPort') : unreadable,
  );
  return ports.filter((port) => port !== undefined && port !== 0) as Value[];
}

const unreadable = new Unknown('a member of a list that cannot be read');

function mountFacts(mount: Value): Value {
  if (!isObject(mount)) return unreadable;
  return objectOf([
    ['volume', textAt(mount, 'name') ?? ''],
    ['path', textAt(mount, 'mountPath') ?? ''],
    ['read_only', booleanAt(mount, 'readOnly') ?? false],
  ]);
}

/** Names of secrets that become environment variables. */
function environmentSecrets(container: Value): Value[] {
  const one = listAt(container, 'env').map((variable) => referenced(variable, ['valueFrom', 'secretKeyRef']));
  const all = listAt(container, 'envFrom').map((source) => referenced(source, ['secretRef']));
  return [...one, ...all].filter((name): name is Value => name !== undefined);
}

function referenced(holder: Value, path: readonly string[]): Maybe {
  let at: Maybe = holder;
  for (const key of path) {
    if (!isObject(at)) return at === undefined ? undefined : unreadable;
    at = memberOf(at, key);
  }
  if (at === undefined) return undefined;
  return isObject(at) ? (textAt(at, 'name') ?? '') : unreadable;
}
