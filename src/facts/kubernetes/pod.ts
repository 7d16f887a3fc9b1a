/** The facts of a pod specification, wherever it stands in a workload. */
import {
  isObject,
  objectOf,
  property,
  Unknown,
  ValueSet,
  type Maybe,
  type Value,
} from '../../values/value.js';
import { containerFacts, type ContainerKind, type Extent } from './container.js';
import { booleanAt, integerAt, listAt, memberOf, objectAt, textAt } from './read.js';

const lists: readonly (readonly [string, ContainerKind])[] = [
  ['initContainers', 'init'],
  ['containers', 'container'],
  ['ephemeralContainers', 'ephemeral'],
];

/**
 * How a specification is written: as a whole, with defaults for omitted fields; in part, so that omitted fields keep their
 * values; by a merge patch (RFC 7396), which replaces lists as a whole; by a strategic merge patch, whose directives (`$patch`)
 * the other ways do not have.
 */
export type Manner = 'whole' | 'part' | 'merge' | 'strategic';

export function podFacts(spec: Value, manner: Manner): Value {
  if (spec instanceof Unknown) return spec;
  if (!isObject(spec)) return new Unknown('the pod specification cannot be read');
  const directive = manner === 'strategic' ? memberOf(spec, '$patch') : undefined;
  if (directive === 'replace') return podFacts(spec, 'whole');
  if (directive !== undefined) return new Unknown('the patch takes something away');
  const context = objectAt(spec, 'securityContext');
  if (context instanceof Unknown) return new Unknown('the security context of the pod cannot be read');
  const volumes = members(spec, 'volumes', manner).listed.map(volumeFacts);
  const said = lists.flatMap(([key, kind]) => {
    const { listed, extent } = members(spec, key, manner);
    return listed.map((one) => containerFacts(one, kind, context, extent));
  });
  const fallback = (value: Value): Maybe => (manner === 'whole' ? value : undefined);
  const fields: readonly (readonly [string, Maybe])[] = [
    ['containers', said],
    ['service_account', serviceAccount(spec) ?? fallback('default')],
    ['host_network', booleanAt(spec, 'hostNetwork') ?? fallback(false)],
    ['host_pid', booleanAt(spec, 'hostPID') ?? fallback(false)],
    ['host_ipc', booleanAt(spec, 'hostIPC') ?? fallback(false)],
    // A pod must ask for a user namespace of its own.
    ['host_users', booleanAt(spec, 'hostUsers') ?? fallback(true)],
    ['run_as_user', integerAt(context, 'runAsUser')],
    ['run_as_group', integerAt(context, 'runAsGroup')],
    ['run_as_non_root', booleanAt(context, 'runAsNonRoot') ?? fallback(false)],
    ['node', textAt(spec, 'nodeName')],
    ['volumes', volumes],
    ['host_paths', ValueSet.of(volumes.flatMap((volume) => hostPathOf(volume)))],
    ['secrets', ValueSet.of(secretsOf(spec, volumes, said))],
  ];
  return objectOf(fields.filter((entry): entry is readonly [string, Value] => entry[1] !== undefined));
}

function serviceAccount(spec: Value): Maybe {
  const name = textAt(spec, 'serviceAccountName');
  // `serviceAccount` is the older name of the same field, read if the newer one is not set.
  const either = name === undefined || name === '' ? textAt(spec, 'serviceAccount') : name;
  return either === '' ? undefined : either;
}

/**
 * The members of a list that are written, and whether as a whole. In a strategic merge patch a member with a directive is not
 * written: it removes its namesake, or makes the others replace the list.
 */
function members(
  spec: Value,
  key: string,
  manner: Manner,
): { readonly listed: readonly Value[]; readonly extent: Extent } {
  const listed = listAt(spec, key);
  if (manner !== 'strategic') return { listed, extent: manner === 'part' ? 'part' : 'whole' };
  const replaces = listed.some((one) => memberOf(one, '$patch') === 'replace');
  const plain = listed.filter((one) => memberOf(one, '$patch') === undefined);
  return { listed: plain, extent: replaces ? 'whole' : 'part' };
}

/** A volume has a name and one more member, which says what it is and has its settings. */
function volumeFacts(volume: Value): Value {
  if (!isObject(volume)) return new Unknown('a volume that cannot be read');
  const types = Object.keys(volume).filter(
    (key) => key !== 'name' && !key.startsWith('$') && memberOf(volume, key) !== undefined,
  );
  if (types.length > 1) return new Unknown('a volume of two types');
  const type = types[0] ?? 'emptyDir';
  const settings = memberOf(volume, type);
  return objectOf([
    ['name', textAt(volume, 'name') ?? ''],
    ['type', type],
    ...sourceOf(type, settings),
    ...(type === 'hostPath' ? [['host_path', hostPath(settings)] as const] : []),
    ['secrets', ValueSet.of(volumeSecrets(type, settings))],
  ]);
}

const sourceKeys: Readonly<Record<string, string>> = {
  secret: 'secretName',
  configMap: 'name',
  persistentVolumeClaim: 'claimName',
  csi: 'driver',
};

function sourceOf(type: string, settings: Maybe): (readonly [string, Value])[] {
  if (!Object.hasOwn(sourceKeys, type)) return [];
  const source = textAt(settings, sourceKeys[type]!);
  return source === undefined ? [] : [['source', source]];
}

/** In one spelling: `/var//run/` is `/var/run`. The API refuses `..` here, so what has one is not known. */
function hostPath(settings: Maybe): Value {
  const path = textAt(settings, 'path') ?? new Unknown('the path of the volume is not stated');
  if (typeof path !== 'string') return path;
  const steps = path.split('/').filter((step) => step !== '' && step !== '.');
  if (steps.includes('..') || !path.startsWith('/'))
    return new Unknown('the path of the volume is not plain');
  return `/${steps.join('/')}`;
}

function hostPathOf(volume: Value): Value[] {
  if (volume instanceof Unknown) return [volume];
  const path = isObject(volume) ? property(volume, 'host_path') : undefined;
  return path === undefined ? [] : [path];
}

function volumeSecrets(type: string, settings: Maybe): Value[] {
  if (type === 'secret') return [textAt(settings, 'secretName') ?? new Unknown('the secret is not named')];
  if (type !== 'projected') return [];
  return listAt(settings, 'sources').flatMap((source) => {
    if (!isObject(source)) return [new Unknown('a source that cannot be read')];
    const secret = memberOf(source, 'secret');
    return secret === undefined ? [] : [textAt(secret, 'name') ?? new Unknown('the secret is not named')];
  });
}

/** Secrets used by volumes, environments and image pulls. */
function secretsOf(spec: Value, volumes: readonly Value[], containers: readonly Value[]): Value[] {
  const named = [...volumes, ...containers].flatMap((one) => {
    const secrets = isObject(one) ? property(one, 'secrets') : one;
    return secrets instanceof ValueSet ? secrets.items : [new Unknown('secrets that are not known')];
  });
  const pulls = listAt(spec, 'imagePullSecrets').map(
    (one) => textAt(one, 'name') ?? new Unknown('the secret is not named'),
  );
  return [...named, ...pulls];
}
