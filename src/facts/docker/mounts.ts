/** The mounts of a container: binds, mounts, volumes of its configuration and file systems in memory. */
import { Unknown, isObject, objectOf, type Maybe, type Value } from '../../values/value.js';
import { factOf } from './detail.js';
import { entriesOf, flagOf, membersOf, readStruct, textOf } from './struct.js';

const fact = factOf('mounts');
const unknown = (reason: string): Unknown => new Unknown(reason, fact);

interface MountParts {
  readonly kind: Value;
  readonly source: Value | null;
  readonly target: Value;
  readonly readOnly: Value;
  readonly driver?: Value | null;
}

/** The paths on which engines listen; `/var/run` is a link to `/run`. */
const sockets = [
  '/run/docker.sock',
  '/run/docker/containerd/containerd.sock',
  '/run/containerd/containerd.sock',
  '/run/podman/podman.sock',
  '/run/crio/crio.sock',
];

export function mountFacts({ kind, source, target, readOnly, driver = null }: MountParts): Value {
  return objectOf([
    ['kind', kind],
    ...(source === null ? [] : [['source', source] as const]),
    ['target', target],
    ['read_only', readOnly],
    ...(driver === null ? [] : [['driver', driver] as const]),
    ['engine_socket', reachesEngine(kind, source)],
  ]);
}

function reachesEngine(kind: Value, source: Value | null): Value {
  if (kind instanceof Unknown || source instanceof Unknown) return unknown('what is mounted is not known');
  if (kind === 'npipe') return true;
  if (kind !== 'bind' || typeof source !== 'string') return false;
  const path = source.replace(/^\/var\/run(?=\/|$)/, '/run');
  const holds = sockets.some(
    (socket) => socket === path || socket.startsWith(path === '/' ? path : `${path}/`),
  );
  return holds || path === '/var' || /\/(docker|containerd|podman|crio)\.sock$/.test(path);
}

/** As Go's filepath.Clean does; of absolute paths alone. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

const volumeName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** `SOURCE:TARGET[:MODE]`, as the engine reads it on Linux. */
export function bindFacts(bind: Value, volumeDriver: Value | null): Value {
  if (typeof bind !== 'string')
    return bind instanceof Unknown ? unknown(bind.reason) : unknown('a bind is no text');
  const [source, target, mode = '', ...more] = bind.split(':');
  if (more.length > 0 || source === '' || target === undefined || !target.startsWith('/'))
    return unknown('a bind is not of the form `source:target:mode`');
  // The client takes a single letter for a drive of Windows.
  if (/^[a-zA-Z]$/.test(source!)) return unknown('a bind may name a drive');
  const readOnly = modeFact(mode);
  if (source!.startsWith('/'))
    return mountFacts({ kind: 'bind', source: cleanPath(source!), target: cleanPath(target), readOnly });
  if (!volumeName.test(source!))
    return unknown('the source of a bind is neither a path nor the name of a volume');
  return mountFacts({
    kind: 'volume',
    source: source!,
    target: cleanPath(target),
    readOnly,
    driver: volumeDriver,
  });
}

const modes = /^(ro|rw|z|Z|nocopy|consistent|cached|delegated|default|r?shared|r?slave|r?private)$/;

function modeFact(mode: string): Value {
  const words = mode === '' ? [] : mode.split(',');
  const both = words.includes('ro') && words.includes('rw');
  if (both || words.some((word) => !modes.test(word))) return unknown('the mode of a bind is not known');
  return words.includes('ro');
}

const mountKeys = ['Type', 'Source', 'Target', 'ReadOnly', 'Consistency', 'BindOptions', 'VolumeOptions', 'ImageOptions', 'TmpfsOptions', 'ClusterOptions']; // prettier-ignore
const kinds = new Set(['bind', 'volume', 'tmpfs', 'image', 'cluster', 'npipe']);

/** A member of `Mounts`. */
export function mountOf(value: Value): Value {
  const struct = readStruct(value, mountKeys);
  if (!isObject(value) || struct.others.length > 0) return unknown('a mount has parts that are not known');
  const written = textOf(struct.get('Type'), fact);
  const kind =
    written instanceof Unknown || kinds.has(written) ? written : unknown('a mount is of an unknown kind');
  const source = textOf(struct.get('Source'), fact);
  const target = textOf(struct.get('Target'), fact);
  const parts: MountParts = {
    kind,
    source: sourceFact(kind, source),
    target: typeof target === 'string' && target.startsWith('/') ? cleanPath(target) : pathUnknown(target),
    readOnly: flagOf(struct.get('ReadOnly'), fact),
  };
  return mountFacts(kind === 'volume' ? throughDriver(parts, struct.get('VolumeOptions')) : parts);
}

function pathUnknown(path: string | Unknown): Unknown {
  return path instanceof Unknown ? path : unknown('the target of a mount is no absolute path');
}

function sourceFact(kind: Value, source: string | Unknown): Value | null {
  if (source === '') return null;
  if (kind !== 'bind' || source instanceof Unknown) return source;
  return source.startsWith('/') ? cleanPath(source) : unknown('the source of a bind is no absolute path');
}

const volumeOptionKeys = ['NoCopy', 'Labels', 'Subpath', 'DriverConfig'];

function throughDriver(parts: MountParts, options: Maybe): MountParts {
  const struct = readStruct(options, volumeOptionKeys);
  const config = readStruct(struct.get('DriverConfig'), ['Name', 'Options']);
  if (struct.others.length > 0 || config.others.length > 0)
    return { ...parts, kind: unknown('a volume has options that are not known') };
  return driverMount(parts, textOf(config.get('Name'), fact), config.get('Options'));
}

/** The local driver mounts whatever its option `device` names, a folder of the host too (`type=none,o=bind`). */
export function driverMount(parts: MountParts, name: string | Unknown, options: Maybe): MountParts {
  const entries = entriesOf(options);
  const driver = name === '' ? null : name;
  if (entries === null || entries.some(([, value]) => typeof value !== 'string'))
    return { ...parts, kind: unknown('the options of a volume are not known'), driver };
  if (name !== '' && name !== 'local') {
    const other = entries.length > 0 ? unknown('only its driver knows what the volume is') : parts.kind;
    return { ...parts, kind: other, driver };
  }
  const device = entries.find(([key]) => key === 'device')?.[1];
  if (device === undefined) return { ...parts, driver };
  const path = typeof device === 'string' && device.startsWith('/') ? cleanPath(device) : device;
  return { ...parts, kind: 'bind', source: path, driver };
}

/** Volumes without a name: their targets are the keys. */
export function volumeTargets(volumes: Maybe): Value[] {
  const entries = entriesOf(volumes);
  if (entries === null) return [unknown('the volumes are not known')];
  return entries.map(([target]) => {
    // Early engines took `source:target` here.
    if (!target.startsWith('/') || target.includes(':'))
      return unknown('the target of a volume is no absolute path');
    return mountFacts({ kind: 'volume', source: null, target: cleanPath(target), readOnly: false });
  });
}

export function tmpfsMounts(tmpfs: Maybe): Value[] {
  const entries = entriesOf(tmpfs);
  if (entries === null) return [unknown('the file systems in memory are not known')];
  return entries.map(([target, options]) => {
    const readOnly =
      typeof options === 'string' ? options.split(',').includes('ro') : unknown('a value is no text');
    return mountFacts({ kind: 'tmpfs', source: null, target: cleanPath(target), readOnly });
  });
}

/** Every mount of a container. */
export function allMounts(host: (name: string) => Maybe, volumes: Maybe): Value[] {
  const driver = textOf(host('VolumeDriver'), fact);
  const binds = membersOf(host('Binds'), fact).map((bind) => bindFacts(bind, driver === '' ? null : driver));
  const mounts = membersOf(host('Mounts'), fact).map((mount) => (mount instanceof Unknown ? unknown(mount.reason) : mountOf(mount))); // prettier-ignore
  const lends = membersOf(host('VolumesFrom'), fact).some((one) => !(one instanceof Unknown));
  const others = lends ? [unknown('the mounts of other containers are not known')] : [];
  return [...binds, ...mounts, ...volumeTargets(volumes), ...tmpfsMounts(host('Tmpfs')), ...others];
}
