/** The flags of `docker run` and `docker create` as the body that the client makes of them for the Engine API. */
import { Unknown, objectOf, type Value } from '../../values/value.js';
import type { Flags } from './flags.js';
import { readMountFlag } from './mount-flag.js';
import { readPorts } from './publish-flag.js';
import { readBytes, readInteger } from './quantity.js';

/** `words` are the image and its command. */
export function containerBody(flags: Flags, words: readonly string[]): Value {
  const [image, ...command] = words;
  const entrypoint = flags.last('entrypoint');
  return objectOf([
    ['Image', image ?? new Unknown('the command names no image')],
    ['Cmd', command.length === 0 ? null : command],
    ['Entrypoint', entrypoint === undefined ? null : [entrypoint]],
    ['User', flags.last('user') ?? ''],
    ['Env', environment(flags)],
    ['Labels', labels(flags)],
    ['Volumes', objectOf(volumes(flags).anonymous.map((target) => [target, objectOf([])] as const))],
    ['Healthcheck', flags.last('health-cmd') ?? flags.isSet('no-healthcheck')],
    ['HostConfig', hostConfig(flags)],
    ['NetworkingConfig', objectOf([['EndpointsConfig', objectOf(networkNames(flags).map((name) => [name, null] as const))]])], // prettier-ignore
  ]);
}

function environment(flags: Flags): Value[] {
  const files = flags.all('env-file').map(() => new Unknown('a file of variables is not read'));
  return [...flags.all('env'), ...files];
}

function labels(flags: Flags): Value {
  if (flags.all('label-file').length > 0) return new Unknown('a file of labels is not read');
  return objectOf(flags.all('label').map((label) => cut(label, '=')));
}

function cut(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

interface Volumes {
  readonly binds: readonly Value[];
  readonly anonymous: readonly string[];
}

function volumes(flags: Flags): Volumes {
  const binds: Value[] = [];
  const anonymous: string[] = [];
  for (const volume of flags.all('volume')) {
    if (volume.startsWith('/') && !volume.includes(':')) anonymous.push(volume);
    else if (volume.startsWith('.'))
      binds.push(new Unknown('a path is relative to the folder of the client'));
    else binds.push(volume);
  }
  return { binds, anonymous };
}

/** Texts that go to the engine as they stand. */
const texts: Readonly<Record<string, string>> = {
  pid: 'PidMode',
  ipc: 'IpcMode',
  uts: 'UTSMode',
  userns: 'UsernsMode',
  cgroupns: 'CgroupnsMode',
  runtime: 'Runtime',
  isolation: 'Isolation',

  'volume-driver': 'VolumeDriver',
};
const lists: Readonly<Record<string, string>> = {
  'cap-add': 'CapAdd',
  'cap-drop': 'CapDrop',
  'volumes-from': 'VolumesFrom',
  'device-cgroup-rule': 'DeviceCgroupRules',
};
const truths: Readonly<Record<string, string>> = {
  privileged: 'Privileged',
  'publish-all': 'PublishAllPorts',
  'read-only': 'ReadonlyRootfs',
  rm: 'AutoRemove',
  init: 'Init',
  'oom-kill-disable': 'OomKillDisable',
};

/** For these, rules see only their presence. */
const others: Readonly<Record<string, string>> = {
  'add-host': 'ExtraHosts', annotation: 'Annotations', 'blkio-weight': 'BlkioWeight',
  'blkio-weight-device': 'BlkioWeightDevice', 'cgroup-parent': 'CgroupParent', 'cpu-count': 'CpuCount',
  'cpu-percent': 'CpuPercent', 'cpu-period': 'CpuPeriod', 'cpu-quota': 'CpuQuota', 'cpu-rt-period': 'CpuRealtimePeriod',
  'cpu-rt-runtime': 'CpuRealtimeRuntime', 'cpu-shares': 'CpuShares', cpus: 'NanoCpus', 'cpuset-cpus': 'CpusetCpus',
  'cpuset-mems': 'CpusetMems', 'device-read-bps': 'BlkioDeviceReadBps', 'device-read-iops': 'BlkioDeviceReadIOps',
  'device-write-bps': 'BlkioDeviceWriteBps', 'device-write-iops': 'BlkioDeviceWriteIOps', dns: 'Dns',
  'dns-opt': 'DnsOptions', 'dns-option': 'DnsOptions', 'dns-search': 'DnsSearch', 'group-add': 'GroupAdd',
  'io-maxbandwidth': 'IOMaximumBandwidth', 'io-maxiops': 'IOMaximumIOps',
  'kernel-memory': 'KernelMemory', link: 'Links', 'log-driver': 'LogConfig', 'log-opt': 'LogConfig',
  'memory-reservation': 'MemoryReservation', 'memory-swap': 'MemorySwap', 'oom-score-adj': 'OomScoreAdj',
  'shm-size': 'ShmSize', 'storage-opt': 'StorageOpt', sysctl: 'Sysctls', ulimit: 'Ulimits',
}; // prettier-ignore

function hostConfig(flags: Flags): Value {
  const security = securityOptions(flags);
  const socket = flags.isSet('use-api-socket') ? [apiSocket] : [];
  return objectOf([
    ...[...picked(flags, texts)].map(([key, flag]) => [key, flags.last(flag)!] as const),
    ...[...picked(flags, lists)].map(([key, flag]) => [key, flags.all(flag)] as const),
    ...[...picked(flags, truths)].map(([key, flag]) => [key, flags.isSet(flag)] as const),
    ...limitEntries(flags),
    ['Binds', volumes(flags).binds],
    ['Mounts', [...flags.all('mount').map(readMountFlag), ...socket]],
    ['Tmpfs', objectOf(flags.all('tmpfs').map((one) => cut(one, ':')))],
    ['NetworkMode', networkNames(flags)[0] ?? 'default'],
    ['PortBindings', readPorts(flags.all('publish'))],
    ['SecurityOpt', security.options],
    ...(security.systemPaths ? [['MaskedPaths', []] as const, ['ReadonlyPaths', []] as const] : []),
    ...deviceEntries(flags),
    ['RestartPolicy', objectOf([['Name', cut(flags.last('restart') ?? 'no', ':')[0]]])],
  ]);
}

/** New limits, as `docker update` has them. */
export function updateBody(flags: Flags): Value {
  const restart = flags.last('restart');
  const policy =
    restart === undefined ? [] : [['RestartPolicy', objectOf([['Name', cut(restart, ':')[0]]])] as const];
  return objectOf([...limitEntries(flags), ...policy]);
}

/** A number that is zero leaves the default. */
function otherValue(flags: Flags, flag: string): Value {
  const values = flags.all(flag);
  return amounts.test(flag) && /^[-+]?0*$/.test(values.at(-1)!) ? 0 : values;
}

const amounts = /^(blkio-weight|cpu-.*|cpus|io-.*|kernel-memory|memory-.*|oom-score-adj|shm-size)$/;

function limitEntries(flags: Flags): (readonly [string, Value])[] {
  const swappiness = flags.last('memory-swappiness');
  return [
    ...[...picked(flags, others)].map(([key, flag]) => [key, otherValue(flags, flag)] as const),
    ...(swappiness === undefined || swappiness === '-1' ? [] : [['MemorySwappiness', [swappiness]] as const]),
    ['Memory', readBytes(flags.last('memory') ?? '0')],
    ['PidsLimit', readInteger(flags.last('pids-limit') ?? '0')],
  ];
}

/** The keys of the API with the flags that are there. */
function* picked(flags: Flags, table: Readonly<Record<string, string>>): Generator<[string, string]> {
  for (const [flag, key] of Object.entries(table)) if (flags.all(flag).length > 0) yield [key, flag];
}

/** Bound into the container together with the credentials of the client. */
const apiSocket = objectOf([
  ['Type', 'bind'],
  ['Source', '/var/run/docker.sock'],
  ['Target', '/var/run/docker.sock'],
]);

/** `NETWORK`, or `name=NETWORK,alias=…`; the older flag `--net` is the same one. */
function networkNames(flags: Flags): string[] {
  return [...flags.all('network'), ...flags.all('net')].map((value) => {
    if (!value.includes('=')) return value;
    const name = value.split(',').find((part) => /^name=/i.test(part.trim()));
    return name === undefined ? '' : name.trim().slice('name='.length);
  });
}

/** The client reads a profile from a file and sends what it holds. */
function securityOptions(flags: Flags): {
  readonly options: readonly Value[];
  readonly systemPaths: boolean;
} {
  const given = flags.all('security-opt');
  const options = given.filter((option) => option !== 'systempaths=unconfined');
  return { options, systemPaths: options.length < given.length };
}

/** `HOST[:CONTAINER][:PERMISSIONS]`, or a name of the Container Device Interface: `vendor.com/class=name`. */
function deviceEntries(flags: Flags): (readonly [string, Value])[] {
  const devices: Value[] = [];
  const requests: Value[] = flags.all('gpus').map(gpuRequest);
  for (const device of flags.all('device')) {
    if (/^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w-]*=\S+$/.test(device))
      requests.push(objectOf([['Driver', 'cdi']]));
    else devices.push(deviceMapping(device));
  }
  return [
    ['Devices', devices],
    ['DeviceRequests', requests],
  ];
}

function deviceMapping(device: string): Value {
  const [host, second, third, ...more] = device.split(':');
  const permissionsOnly = second !== undefined && third === undefined && /^[rwm]{1,3}$/.test(second);
  if (more.length > 0 || host === '' || !host!.startsWith('/')) return new Unknown('a device is not a path');
  return objectOf([
    ['PathOnHost', host!],
    ['PathInContainer', permissionsOnly ? host! : (second ?? host!)],
    ['CgroupPermissions', permissionsOnly ? second : (third ?? 'rwm')],
  ]);
}

function gpuRequest(value: string): Value {
  const driver = value.split(',').find((part) => part.startsWith('driver='));
  if (value.includes('"')) return new Unknown('a request for devices is not read');
  return objectOf([
    ['Driver', driver?.slice('driver='.length) ?? ''],
    ['Capabilities', [['gpu']]],
  ]);
}
