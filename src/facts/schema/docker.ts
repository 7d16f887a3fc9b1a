/** Facts of what is asked of a container engine. They are gathered in src/facts/docker. */
import type { RootField, Type } from '../../values/schema.js';
import { capability } from './spellings.js';
import {
  arrayOf,
  boolean,
  count,
  field,
  mapOf,
  number,
  object,
  oneOf,
  optional,
  port,
  setOf,
  text,
} from '../../values/schema.js';
import { image } from './image.js';

export const dockerObjects = [
  'container', 'exec', 'image', 'build', 'volume', 'network', 'system', 'swarm', 'node', 'service', 'task', 'secret',
  'config', 'plugin', 'distribution', 'session',
] as const; // prettier-ignore

export const dockerVerbs = [
  'list', 'inspect', 'create', 'start', 'stop', 'restart', 'kill', 'pause', 'unpause', 'rename', 'update', 'wait',
  'remove', 'prune', 'logs', 'top', 'stats', 'changes', 'export', 'attach', 'resize', 'stat', 'copy_out', 'copy_in',
  'checkpoint', 'commit', 'run', 'cancel', 'pull', 'push', 'import', 'load', 'save', 'tag', 'search', 'history', 'connect',
  'disconnect', 'info', 'version', 'ping', 'events', 'usage', 'login', 'init', 'join', 'leave', 'unlock', 'unlock_key',
  'enable', 'disable', 'upgrade', 'configure', 'privileges',
] as const; // prettier-ignore

const mount: Type = object({
  kind: field(
    oneOf('bind', 'volume', 'tmpfs', 'image', 'cluster', 'npipe'),
    '`bind` is a path of the host. A volume that is made of a device or path by its driver is a bind of it.',
  ),
  source: optional(text, 'The path of the host, without `.` and `..`, or the name of the volume or image.'),
  target: field(text, 'Where it is in the container; empty for a volume that is only created.'),
  read_only: field(boolean, 'Whether the container cannot write to it.'),
  driver: optional(text, 'The driver of a volume, where one is named.'),
  engine_socket: field(
    boolean,
    'Whether the source is the socket of a container engine or a folder that holds it: whoever has it has the host.',
  ),
});

const device: Type = object({
  host: field(text, 'Its path on the host.'),
  container: field(text, 'Its path in the container.'),
  permissions: field(text, '`r`, `w` and `m` (make), in any combination.'),
});

const openPort: Type = object({
  container: field(port, 'The port in the container.'),
  protocol: field(oneOf('tcp', 'udp', 'sctp'), 'The protocol.'),
  host_address: optional(
    text,
    'The address of the host that it is open on; on all of them where it is left out.',
  ),
  host_port: optional(port, 'The port of the host; the engine chooses where it is left out.'),
});

const namespaces: Type = object({
  network: field(text, '`default`, `bridge`, `host`, `none`, `container:NAME` or the name of a network.'),
  pid: field(text, 'Empty for one of its own, `host` or `container:NAME`.'),
  ipc: field(text, 'Empty, `private`, `shareable`, `none`, `host` or `container:NAME`.'),
  uts: field(text, 'Empty or `host`.'),
  user: field(text, "Empty, or `host` where the engine's remapping of users is off."),
  cgroup: field(text, 'Empty, `private` or `host`.'),
});

const request: Type = object({
  index: field(count, 'Its place in `docker.requests`, from 0.'),
  object: field(oneOf(...dockerObjects), 'What kind of thing is acted on.'),
  verb: field(
    oneOf(...dockerVerbs),
    'What is done. `docker run` is `create`, `attach`, `start` and `wait` of a container, and a `pull` before that.',
  ),
  read_only: field(boolean, 'Whether it changes nothing; it can still show secrets.'),
  names: field(arrayOf(text), 'The names or ids that it names. What the engine is still to name has none.'),
  image: optional(image, 'The image that is run, pulled, pushed, tagged or removed.'),
  command: field(
    arrayOf(text),
    'The command of a container or exec, word for word; empty where the image says it.',
  ),
  entrypoint: optional(arrayOf(text), 'The entrypoint, where the one of the image is replaced.'),
  user: optional(
    text,
    'The user, where the one of the image is replaced: a name or id, with a group after `:`.',
  ),
  environment: field(
    setOf(text),
    'The names of environment variables. Values can be secrets and are left out.',
  ),
  privileged: field(boolean, 'Whether it has every capability and device of the host.'),
  capabilities_added: field(setOf(capability), 'In upper case without `CAP_`: `SYS_ADMIN`, `ALL`.'),
  capabilities_dropped: field(setOf(capability), 'In upper case without `CAP_`.'),
  security_options: field(
    setOf(text),
    'As `key=value`: `seccomp=unconfined`, `label=disable`, `no-new-privileges`. A profile of its own is `seccomp=profile`.',
  ),
  devices: field(arrayOf(device), 'Devices of the host.'),
  device_rules: field(setOf(text), 'Rules that open devices by number: `c 1:3 rwm`.'),
  device_drivers: field(setOf(text), 'Drivers that devices are asked of: `nvidia`, `cdi`.'),
  mounts: field(
    arrayOf(mount),
    'What is mounted, however it was written: `-v`, `--mount`, `--tmpfs`, Binds, Mounts.',
  ),
  volumes_from: field(setOf(text), 'Containers that all mounts are taken over from.'),
  namespaces: field(namespaces, 'Which namespaces are shared with the host or another container.'),
  networks: field(setOf(text), 'The named networks that it joins.'),
  ports: field(arrayOf(openPort), 'Ports that are opened on the host.'),
  publish_all: field(boolean, 'Whether every port of the image is opened on the host.'),
  restart: field(text, 'When the engine starts it again: `no`, `always`, `unless-stopped`, `on-failure`.'),
  runtime: optional(text, 'The OCI runtime, where one is named.'),
  read_only_root: field(boolean, 'Whether the root file system is read-only.'),
  memory_bytes: optional(number, 'The limit of memory, where there is one.'),
  pids_max: optional(number, 'The limit of processes, where there is one.'),
  labels: field(mapOf(text), 'Its labels.'),
  settings: field(
    setOf(text),
    'What else differs from the default, by the name that the Engine API has for it: `Sysctls`, `CgroupParent`.',
  ),
  path: optional(text, 'For copies: the path in the container.'),
  force: field(boolean, 'For removals: whether it is removed even while it is used.'),
});

export const docker: RootField = {
  ...field(
    object({
      requests: field(
        arrayOf(request),
        'What is asked of the engine, in order. A command line often asks several things.',
      ),
      read_only: field(boolean, 'Whether no request changes anything.'),
    }),
    'What a container engine is asked for, by a request of its API or a command line of `docker`.',
  ),
  targets: ['docker'],
};
