/** What the arguments of kubectl name: types, and objects of those types. */
import { Unknown, type Maybe, type Value } from '../../../values/value.js';
import { builtinResources, type BuiltinResource } from '../resources.js';

export interface Target {
  readonly group: Value;
  readonly version: Value;
  readonly resource: Value;
  /** Null for a resource that only the server knows. */
  readonly builtin: BuiltinResource | null;
  /** Null if only the type is named, or objects are selected in another way. */
  readonly name: string | null;
  /** The namespace in the object itself. */
  readonly namespace?: string;
}

type Type = Omit<Target, 'name' | 'namespace'>;

/** `extensions` has resources under names that now mean those of other groups. */
const current = builtinResources.filter(({ group }) => group !== 'extensions' && group !== 'events.k8s.io');
const names = new Map<string, BuiltinResource>();
for (const one of current)
  for (const name of [one.resource, one.kind.toLowerCase(), ...one.shortNames])
    if (!names.has(name)) names.set(name, one);

/** The category that `all` stands for. Custom resources may belong to it too. */
const all = ['pods', 'replicationcontrollers', 'services', 'daemonsets', 'deployments', 'replicasets', 'statefulsets', 'horizontalpodautoscalers', 'cronjobs', 'jobs']; // prettier-ignore

const unknownType = 'only the server knows the resource';

/** The types of `pods,deploy.apps`; null for text that names none. */
function typesOf(text: string): readonly Type[] | null {
  const words = text.split(',').filter((word) => word !== '');
  if (words.length === 0 || words.length > 100) return null;
  return words.flatMap((word) => {
    if (word === 'all')
      return [...all.map((name) => known(names.get(name)!)), unknown(new Unknown(unknownType))];
    return [typeOf(word)];
  });
}

/** For groups with several versions, kubectl and the server agree on one. */
const versionOf = ({ group, version }: BuiltinResource): Value =>
  group === '' ? version : new Unknown('kubectl and the server agree on the version');

const known = (builtin: BuiltinResource): Type => ({
  ...{ group: builtin.group, version: versionOf(builtin), resource: builtin.resource },
  builtin,
});

const unknown = (doubt: Unknown): Type => ({ group: doubt, version: doubt, resource: doubt, builtin: null });

/** `deploy`, `Deployment`, `deployments.apps`, `deployments.v1.apps`. A group may be cut short: `roles.rbac`. */
export function typeOf(written: string): Type {
  const [word, ...rest] = written.toLowerCase().split('.');
  const plain = names.get(word!);
  if (rest.length === 0) return plain === undefined ? unknown(new Unknown(unknownType)) : known(plain);
  const versioned = rest.length > 1 && /^v\d+((alpha|beta)\d+)?$/.test(rest[0]!);
  const group = (versioned ? rest.slice(1) : rest).join('.');
  const fits = (one: BuiltinResource, isGroup: (group: string) => boolean) =>
    isGroup(one.group) &&
    (one.resource === word || one.kind.toLowerCase() === word || one.shortNames.includes(word!));
  const found =
    builtinResources.find((one) => fits(one, (name) => name === group)) ??
    builtinResources.find((one) => !versioned && fits(one, (name) => name !== '' && name.startsWith(group)));
  if (found !== undefined) return { ...known(found), ...(versioned ? { version: rest[0]! } : {}) };
  const doubt = new Unknown(unknownType);
  // A full name names the group exactly; of the resource it may be the singular.
  return versioned ? { ...unknown(doubt), group, version: rest[0]! } : unknown(doubt);
}

/** Null for arguments that kubectl refuses. */
export function targetsOf(args: readonly string[]): readonly Target[] | null {
  if (args.length === 0 || args.length > 1000) return null;
  const slashed = args.filter((arg) => arg.includes('/'));
  if (slashed.length > 0) return slashed.length === args.length ? pairsOf(args) : null;
  const types = typesOf(args[0]!);
  if (types === null) return null;
  const objects = args.slice(1);
  if (!objects.every(isName)) return null;
  if (objects.length === 0) return types.map((type) => ({ ...type, name: null }));
  return types.flatMap((type) => objects.map((name) => ({ ...type, name })));
}

/** `deploy/web svc/web`. */
function pairsOf(args: readonly string[]): readonly Target[] | null {
  const targets: Target[] = [];
  for (const arg of args) {
    const [type, name, ...rest] = arg.split('/');
    if (type === '' || type!.includes(',') || !isName(name ?? '') || rest.length > 0) return null;
    targets.push({ ...typeOf(type!), name: name! });
  }
  return targets;
}

/** Texts that are valid as one segment of a path. */
export function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && name.length <= 1024 && !/[/%]/.test(name);
}

/** A target that arguments need not name: `nodes` of `cordon`. */
export function builtinTarget(resource: string, name: string | null): Target {
  return { ...known(names.get(resource)!), name };
}

/** The type that an object states. The plural of a kind that is not built in is known to the server alone. */
export function targetOfKind(group: string, version: string, kind: string): Target {
  const builtin = builtinResources.find((one) => one.group === group && one.kind === kind) ?? null;
  const resource = builtin?.resource ?? new Unknown(unknownType);
  return { group, version, resource, builtin, name: null };
}

/** Objects that stand in files: anything may be in them. */
export function fileTarget(): Target {
  return { ...unknown(new Unknown('what is in the files is not known')), name: null };
}

export function nameOf(target: Target): Maybe {
  return target.name ?? new Unknown('which objects are meant, the server alone knows');
}
