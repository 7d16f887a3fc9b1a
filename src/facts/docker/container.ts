/** The body with which a container or an exec is created (Engine API: ContainerCreate, ContainerExec, ContainerUpdate). */
import {
  Unknown,
  ValueSet,
  isArray,
  isObject,
  objectOf,
  type Maybe,
  type Value,
} from '../../values/value.js';
import { doubtful, factOf, unknownDetail, type Detail } from './detail.js';
import { allMounts } from './mounts.js';
import { portFacts } from './ports.js';
import { engineImageFacts } from './reference.js';
import { capabilityFacts, securityOptions, textMembers } from './security.js';
import { entriesOf, flagOf, membersOf, numberOf, readStruct, textOf, type Struct } from './struct.js';

const configKeys = [
  'Hostname', 'Domainname', 'User', 'AttachStdin', 'AttachStdout', 'AttachStderr', 'ExposedPorts', 'Tty', 'OpenStdin',
  'StdinOnce', 'Env', 'Cmd', 'Healthcheck', 'ArgsEscaped', 'Image', 'Volumes', 'WorkingDir', 'Entrypoint',
  'NetworkDisabled', 'MacAddress', 'OnBuild', 'Labels', 'StopSignal', 'StopTimeout', 'Shell',
]; // prettier-ignore

const resourceKeys = [
  'CpuShares', 'Memory', 'NanoCpus', 'CgroupParent', 'BlkioWeight', 'BlkioWeightDevice', 'BlkioDeviceReadBps',
  'BlkioDeviceWriteBps', 'BlkioDeviceReadIOps', 'BlkioDeviceWriteIOps', 'CpuPeriod', 'CpuQuota', 'CpuRealtimePeriod',
  'CpuRealtimeRuntime', 'CpusetCpus', 'CpusetMems', 'Devices', 'DeviceCgroupRules', 'DeviceRequests', 'KernelMemory',
  'KernelMemoryTCP', 'MemoryReservation', 'MemorySwap', 'MemorySwappiness', 'OomKillDisable', 'PidsLimit', 'Ulimits',
  'CpuCount', 'CpuPercent', 'IOMaximumIOps', 'IOMaximumBandwidth', 'RestartPolicy',
]; // prettier-ignore

const hostKeys = [
  ...resourceKeys,
  'Binds', 'ContainerIDFile', 'LogConfig', 'NetworkMode', 'PortBindings', 'AutoRemove', 'VolumeDriver', 'VolumesFrom',
  'ConsoleSize', 'Annotations', 'CapAdd', 'CapDrop', 'CgroupnsMode', 'Dns', 'DnsOptions', 'DnsSearch', 'ExtraHosts',
  'GroupAdd', 'IpcMode', 'Cgroup', 'Links', 'OomScoreAdj', 'PidMode', 'Privileged', 'PublishAllPorts', 'ReadonlyRootfs',
  'SecurityOpt', 'StorageOpt', 'Tmpfs', 'UTSMode', 'UsernsMode', 'ShmSize', 'Sysctls', 'Runtime', 'Isolation', 'Mounts',
  'MaskedPaths', 'ReadonlyPaths', 'Init',
]; // prettier-ignore

/** Those that a fact of their own tells, and those that concern the client alone. */
const told = new Set([
  'Binds', 'Mounts', 'Tmpfs', 'VolumeDriver', 'VolumesFrom', 'NetworkMode', 'PidMode', 'IpcMode', 'UTSMode', 'UsernsMode',
  'CgroupnsMode', 'PortBindings', 'PublishAllPorts', 'Privileged', 'CapAdd', 'CapDrop', 'SecurityOpt', 'MaskedPaths',
  'ReadonlyPaths', 'Devices', 'DeviceCgroupRules', 'DeviceRequests', 'RestartPolicy', 'Runtime', 'ReadonlyRootfs',
  'Memory', 'PidsLimit', 'AutoRemove', 'ConsoleSize', 'ContainerIDFile',
]); // prettier-ignore

export function readContainer(body: Maybe): Detail {
  if (!isObject(body)) return unknownDetail(reasonOf(body));
  // Older engines take the members of HostConfig beside it too: they are among the other keys then.
  const config = readStruct(body, [...configKeys, 'HostConfig', 'NetworkingConfig']);
  const host = readStruct(config.get('HostConfig'), hostKeys);
  const networking = readStruct(config.get('NetworkingConfig'), ['EndpointsConfig']);
  const detail: Detail = {
    image: engineImageFacts(textOf(config.get('Image'), factOf('image'))),
    ...processOf(config),
    ...hostDetail(host, config.get('Volumes')),
    labels: labelFacts(config.get('Labels')),
    networks: ValueSet.of(networkNames(host, networking)),
    settings: ValueSet.of([...settingsOf(host), ...settingsOf(config, ['Healthcheck', 'NetworkDisabled'])]),
  };
  const other = [...config.others, ...host.others, ...networking.others][0];
  return other === undefined ? detail : doubtful(detail, `what \`${other}\` means is not known`);
}

export function reasonOf(body: Maybe): string {
  return body instanceof Unknown ? body.reason : 'the request has no body that describes it';
}

/** What is in containers and in execs: the user, the words and the environment. */
function processOf(config: Struct): Detail {
  const user = textOf(config.get('User'), factOf('user'));
  return {
    command: wordsOf(config.get('Cmd'), 'command') ?? [],
    ...optionalField('entrypoint', wordsOf(config.get('Entrypoint'), 'entrypoint')),
    ...optionalField('user', user === '' ? null : user),
    environment: ValueSet.of(environmentNames(config.get('Env'))),
  };
}

export const optionalField = (name: string, value: Value | null): Detail =>
  value === null ? {} : { [name]: value };

/** One text is the same as a list of one (StrSlice). */
export function wordsOf(value: Maybe, field: string): Value | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? [value] : textMembers(value, field);
}

export function environmentNames(value: Maybe): Value[] {
  return textMembers(value, 'environment').map((one) =>
    typeof one === 'string' ? one.split('=', 1)[0]! : one,
  );
}

export function labelFacts(value: Maybe): Value {
  const entries = entriesOf(value);
  return entries === null ? new Unknown('the labels are not known', factOf('labels')) : objectOf(entries);
}

function hostDetail(host: Struct, volumes: Maybe): Detail {
  const get = (name: string): Maybe => host.get(name);
  const flag = (key: string, field: string): Value => flagOf(get(key), factOf(field));
  const runtime = textOf(get('Runtime'), factOf('runtime'));
  return {
    privileged: flag('Privileged', 'privileged'),
    capabilities_added: ValueSet.of(capabilityFacts(get('CapAdd'), 'capabilities_added')),
    capabilities_dropped: ValueSet.of(capabilityFacts(get('CapDrop'), 'capabilities_dropped')),
    security_options: ValueSet.of(
      securityOptions(get('SecurityOpt'), get('MaskedPaths'), get('ReadonlyPaths')),
    ),
    devices: membersOf(get('Devices'), factOf('devices')).map(deviceFact),
    device_rules: ValueSet.of(textMembers(get('DeviceCgroupRules'), 'device_rules')),
    device_drivers: ValueSet.of(membersOf(get('DeviceRequests'), factOf('device_drivers')).map(driverFact)),
    mounts: allMounts(get, volumes),
    volumes_from: ValueSet.of(textMembers(get('VolumesFrom'), 'volumes_from').map(containerOf)),
    namespaces: namespaceFacts(get),
    ports: portFacts(get('PortBindings')),
    publish_all: flag('PublishAllPorts', 'publish_all'),
    restart: restartFact(get('RestartPolicy')),
    ...optionalField('runtime', runtime === '' ? null : runtime),
    read_only_root: flag('ReadonlyRootfs', 'read_only_root'),
    ...limitFact('memory_bytes', get('Memory')),
    ...limitFact('pids_max', get('PidsLimit')),
  };
}

function deviceFact(value: Value): Value {
  const struct = readStruct(value, ['PathOnHost', 'PathInContainer', 'CgroupPermissions']);
  const unknown = new Unknown('a device has parts that are not known', factOf('devices'));
  if (!isObject(value) || struct.others.length > 0) return unknown;
  const text = (name: string): string | Unknown => textOf(struct.get(name), factOf('devices'));
  return objectOf([
    ['host', text('PathOnHost')],
    ['container', text('PathInContainer')],
    ['permissions', text('CgroupPermissions')],
  ]);
}

function driverFact(value: Value): Value {
  const struct = readStruct(value, ['Driver', 'Count', 'DeviceIDs', 'Capabilities', 'Options']);
  if (isObject(value)) return textOf(struct.get('Driver'), factOf('device_drivers'));
  return new Unknown('a request for devices is not known', factOf('device_drivers'));
}

/** `NAME:ro` takes the mounts over read-only. */
function containerOf(value: Value): Value {
  return typeof value === 'string' ? value.split(':', 1)[0]! : value;
}

function namespaceFacts(get: (name: string) => Maybe): Value {
  const mode = (key: string): Value => textOf(get(key), factOf('namespaces'));
  const network = mode('NetworkMode');
  return objectOf([
    ['network', network === '' ? 'default' : network],
    ['pid', mode('PidMode')],
    ['ipc', mode('IpcMode')],
    ['uts', mode('UTSMode')],
    ['user', mode('UsernsMode')],
    ['cgroup', mode('CgroupnsMode')],
  ]);
}

function restartFact(policy: Maybe): Value {
  const name = textOf(readStruct(policy, ['Name', 'MaximumRetryCount']).get('Name'), factOf('restart'));
  return name === '' ? 'no' : name;
}

/** Of limits, neither 0 nor less than it is one. */
export function limitFact(field: string, value: Maybe): Detail {
  const limit = numberOf(value, factOf(field));
  return limit instanceof Unknown || limit > 0 ? { [field]: limit } : {};
}

const builtInNetworks = /^(default|bridge|host|none|container:.*|)$/s;

function* networkNames(host: Struct, networking: Struct): Generator<Value> {
  const entries = entriesOf(networking.get('EndpointsConfig'));
  if (entries === null) yield new Unknown('the networks are not known', factOf('networks'));
  const names = (entries ?? []).map(([name]) => name);
  for (const mode of [...names, textOf(host.get('NetworkMode'), factOf('networks'))]) {
    if (mode instanceof Unknown || !builtInNetworks.test(mode)) yield mode;
  }
}

export function* settingsOf(struct: Struct, among: readonly string[] = hostKeys): Generator<Value> {
  for (const name of struct.names) {
    if (told.has(name) || !among.includes(name)) continue;
    if (!isDefault(name, struct.get(name) ?? null)) yield name;
  }
}

function isDefault(name: string, value: Value): boolean {
  if (name === 'MemorySwappiness') return value === null || value === -1;
  return isZero(value) || (name === 'Driver' && value === 'bridge');
}

/** Go leaves fields at these where they are not set. */
function isZero(value: Value): boolean {
  if (isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.values(value).every(isZero);
  return value === null || value === false || value === 0 || value === '' || value === 'default';
}

const execKeys = ['User', 'Privileged', 'Tty', 'ConsoleSize', 'AttachStdin', 'AttachStderr', 'AttachStdout', 'Detach', 'DetachKeys', 'Env', 'WorkingDir', 'Cmd']; // prettier-ignore

/** A command in a running container. */
export function readExec(body: Maybe): Detail {
  if (!isObject(body)) return unknownDetail(reasonOf(body));
  const struct = readStruct(body, execKeys);
  const privileged = flagOf(struct.get('Privileged'), factOf('privileged'));
  const detail: Detail = { ...processOf(struct), privileged };
  const [other] = struct.others;
  return other === undefined ? detail : doubtful(detail, `what \`${other}\` means is not known`);
}

/** New limits for a container. */
export function readUpdate(body: Maybe): Detail {
  if (!isObject(body)) return unknownDetail(reasonOf(body));
  const struct = readStruct(body, resourceKeys);
  const detail: Detail = { ...hostDetail(struct, undefined), settings: ValueSet.of(settingsOf(struct)) };
  const [other] = struct.others;
  return other === undefined ? detail : doubtful(detail, `what \`${other}\` means is not known`);
}
