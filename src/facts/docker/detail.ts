/** What is known of a request besides its verb, object and names; its fields are those of src/facts/schema/docker.ts. */
import { Unknown, ValueSet, isArray, isObject, objectOf, type Value } from '../../values/value.js';

/** Fields that are left out are as in `neutral`. */
export type Detail = Readonly<Record<string, Value>>;

export const defaultNamespaces = objectOf([
  ['network', 'default'],
  ['pid', ''],
  ['ipc', ''],
  ['uts', ''],
  ['user', ''],
  ['cgroup', ''],
]);

const none = ValueSet.empty;

/** A request that has nothing to do with containers asks for none of this. */
export const neutral: Detail = {
  command: [],
  environment: none,
  privileged: false,
  capabilities_added: none,
  capabilities_dropped: none,
  security_options: none,
  devices: [],
  device_rules: none,
  device_drivers: none,
  mounts: [],
  volumes_from: none,
  namespaces: defaultNamespaces,
  networks: none,
  ports: [],
  publish_all: false,
  restart: 'no',
  read_only_root: false,
  labels: objectOf([]),
  settings: none,
  force: false,
};

const optionalFields = ['image', 'entrypoint', 'user', 'runtime', 'memory_bytes', 'pids_max'];

export function unknownDetail(reason: string): Detail {
  const names = [...Object.keys(neutral), ...optionalFields];
  return Object.fromEntries(names.map((name) => [name, new Unknown(reason, factOf(name))]));
}

/** Fields that something that is not understood could make worse. */
const doubtfulFields = [
  'privileged', 'capabilities_added', 'security_options', 'devices', 'device_rules', 'device_drivers', 'mounts',
  'volumes_from', 'namespaces', 'networks', 'ports', 'publish_all', 'settings', 'environment',
]; // prettier-ignore

/** What is known to be present stays; anything absent may be present. */
export function doubtful(detail: Detail, reason: string): Detail {
  const doubts = doubtfulFields.map((name) => {
    const unknown = new Unknown(reason, factOf(name));
    return [name, mayBeMore(detail[name] ?? neutral[name]!, unknown)] as const;
  });
  return { ...detail, ...Object.fromEntries(doubts), runtime: detail['runtime'] ?? new Unknown(reason, factOf('runtime')) }; // prettier-ignore
}

function mayBeMore(value: Value, unknown: Unknown): Value {
  if (value === true || value instanceof Unknown) return value;
  if (value instanceof ValueSet) return ValueSet.of([...value.items, unknown]);
  if (isArray(value)) return [...value, unknown];
  if (!isObject(value)) return unknown;
  const members = Object.entries(value).map(([key, member]) => {
    return [key, member === '' || member === 'default' ? unknown : member] as const;
  });
  return objectOf(members);
}

export function factOf(field: string): string {
  return `docker.requests.${field}`;
}

/** Members that are not known make the set partly unknown. */
export function setFact(members: Iterable<Value>): Value {
  return ValueSet.of(members);
}
