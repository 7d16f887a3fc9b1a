/** What each command of the client asks for. Those that are not here are unknown. */
import { Unknown, ValueSet, objectOf, type Value } from '../../values/value.js';
import { UnreadableCommand, type EngineCall } from './call.js';
import { containerBody, updateBody } from './run-options.js';
import { readContainer, readExec, readUpdate } from './container.js';
import { factOf, unknownDetail, type Detail } from './detail.js';
import type { Flags } from './flags.js';
import { cleanPath } from './mounts.js';
import { engineImageFacts } from './reference.js';
import { buildDetail, networkDetail, volumeDetail } from './object-details.js';

type Handler = (words: readonly string[], flags: Flags) => EngineCall[];
type Operation = readonly [object: EngineCall['object'], verb: EngineCall['verb']];

export function commandCalls(name: string, words: readonly string[], flags: Flags): EngineCall[] {
  const simple = perName.get(name);
  if (simple !== undefined) return words.map((word) => call(simple, [nameOf(word)], forceOf(flags)));
  const whole = perCommand.get(name);
  if (whole !== undefined) return [call(whole, words.map(nameOf))];
  const handler = handlers[name];
  if (handler === undefined) throw new UnreadableCommand(`what \`${name}\` asks for is not read`);
  return handler(words, flags);
}

function call([object, verb]: Operation, names: readonly Value[] = [], detail: Detail = {}): EngineCall {
  return { object, verb, names, detail };
}

/** A name goes into the path of a request: with other characters it would be another request. */
function nameOf(word: string): Value {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(word)) return word;
  return new Unknown('a name has characters that names have not', factOf('names'));
}

function forceOf(flags: Flags): Detail {
  return flags.isSet('force') ? { force: true } : {};
}

function readOperations(text: string): Map<string, Operation> {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.split(': ') as [string, string]);
  return new Map(lines.map(([name, operation]) => [name, operation.split(' ') as unknown as Operation]));
}

/** One request for each word. */
const perName = readOperations(`
container attach: container attach
container diff: container changes
container export: container export
container inspect: container inspect
container kill: container kill
container logs: container logs
container pause: container pause
container port: container inspect
container restart: container restart
container rm: container remove
container stop: container stop
container unpause: container unpause
container wait: container wait
network inspect: network inspect
network rm: network remove
volume inspect: volume inspect
volume rm: volume remove
node inspect: node inspect
node rm: node remove
node demote: node update
node promote: node update
node update: node update
secret inspect: secret inspect
secret rm: secret remove
config inspect: config inspect
config rm: config remove
service inspect: service inspect
service rm: service remove
plugin inspect: plugin inspect
plugin rm: plugin remove
plugin enable: plugin enable
plugin disable: plugin disable
plugin push: plugin push
`);

/** One request, whatever the words are. */
const perCommand = readOperations(`
container rename: container rename
container ls: container list
container prune: container prune
image ls: image list
image prune: image prune
image load: image load
builder prune: build prune
network ls: network list
network prune: network prune
volume ls: volume list
volume prune: volume prune
volume update: volume update
node ls: node list
node ps: task list
secret ls: secret list
config ls: config list
service ls: service list
service ps: task list
service logs: service logs
plugin ls: plugin list
system df: system usage
system events: system events
system info: system info
version: system version
swarm init: swarm init
swarm join: swarm join
swarm leave: swarm leave
swarm update: swarm update
swarm unlock: swarm unlock
swarm unlock-key: swarm unlock_key
swarm join-token: swarm update
swarm ca: swarm update
checkpoint create: container checkpoint
checkpoint rm: container checkpoint
checkpoint ls: container list
`);

const unread = (object: EngineCall['object'], verb: EngineCall['verb']): Handler => {
  return (words) => [call([object, verb], words.slice(0, 1).map(nameOf), unknownDetail('what it is made of is not read'))]; // prettier-ignore
};

const handlers: Readonly<Record<string, Handler>> = {
  'container run': run,
  'container create': (words, flags) => [...pull(words, flags), create(words, flags)],
  'container exec': exec,
  'container start': start,
  'container stats': (words) => (words.length === 0 ? [call(['container', 'list'])] : words.map((word) => call(['container', 'stats'], [nameOf(word)]))), // prettier-ignore
  'container top': ([name]) => [call(['container', 'top'], [nameOf(required(name))])],
  'container cp': ([from, to]) => copy(required(from), required(to)),
  'container update': (words, flags) => words.map((word) => call(['container', 'update'], [nameOf(word)], readUpdate(updateBody(flags)))), // prettier-ignore
  'container commit': ([name, image], flags) => [commit(required(name), image, flags)],
  'image pull': ([image], flags) => [imageCall('pull', required(image), flags.isSet('all-tags'))],
  'image push': ([image], flags) => [imageCall('push', required(image), flags.isSet('all-tags'))],
  'image inspect': (words) => words.map((word) => imageCall('inspect', word)),
  'image history': (words) => words.map((word) => imageCall('history', word)),
  'image rm': (words, flags) => words.map((word) => imageCall('remove', word, false, forceOf(flags))),
  'image save': (words) => [call(['image', 'save'], words)],
  'image tag': ([source, target]) => [call(['image', 'tag'], [required(source)], { image: engineImageFacts(required(target)) })], // prettier-ignore
  'image import': ([, reference]) => [call(['image', 'import'], [], { image: namedImage(reference) })],
  'image build': build,
  'network create': ([name], flags) => [call(['network', 'create'], [nameOf(required(name))], networkDetail(networkBody(flags)))], // prettier-ignore
  'network connect': (words) => [call(['network', 'connect'], words.map(nameOf))],
  'network disconnect': (words) => [call(['network', 'disconnect'], words.map(nameOf))],
  'volume create': createVolume,
  'system prune': (_, flags) => [
    call(['container', 'prune']),
    call(['network', 'prune']),
    ...(flags.isSet('volumes') ? [call(['volume', 'prune'])] : []),
    call(['image', 'prune']),
    call(['build', 'prune']),
  ],
  inspect: inspectAnything,
  search: () => [call(['image', 'search'])],
  login: (words) => [call(['system', 'login'], words)],
  logout: () => [],
  'service create': unread('service', 'create'),
  'service update': unread('service', 'update'),
  'service rollback': unread('service', 'update'),
  'service scale': (words) => words.map((word) => call(['service', 'update'], [nameOf(word.split('=', 1)[0]!)], unknownDetail('the rest of the service is not read'))), // prettier-ignore
  'secret create': ([name]) => [call(['secret', 'create'], [nameOf(required(name))])],
  'config create': ([name]) => [call(['config', 'create'], [nameOf(required(name))])],
  'plugin create': unread('plugin', 'create'),
  'plugin install': unread('plugin', 'pull'),
  'plugin upgrade': unread('plugin', 'upgrade'),
  'plugin set': unread('plugin', 'configure'),
};

function required(word: string | undefined): string {
  if (word === undefined) throw new UnreadableCommand('the command names nothing to act on');
  return word;
}

/** The engine chooses the name where none is given. */
function given(flags: Flags): Value[] {
  const name = flags.last('name');
  return name === undefined || name === '' ? [] : [nameOf(name)];
}

function create(words: readonly string[], flags: Flags): EngineCall {
  return call(['container', 'create'], given(flags), readContainer(containerBody(flags, words)));
}

/** An image that is not there is pulled, unless that is ruled out. */
function pull(words: readonly string[], flags: Flags): EngineCall[] {
  const policy = flags.last('pull') ?? 'missing';
  return policy === 'never' ? [] : [imageCall('pull', required(words[0]))];
}

function run(words: readonly string[], flags: Flags): EngineCall[] {
  const names = given(flags);
  const attached = flags.isSet('detach') ? [] : [call(['container', 'attach'], names)];
  const waited = flags.isSet('detach') ? [] : [call(['container', 'wait'], names)];
  return [
    ...pull(words, flags),
    create(words, flags),
    ...attached,
    ...waited,
    call(['container', 'start'], names),
  ];
}

function start(words: readonly string[], flags: Flags): EngineCall[] {
  const attached = flags.isSet('attach') || flags.isSet('interactive');
  return words.flatMap((word) => [
    ...(attached ? [call(['container', 'attach'], [nameOf(word)])] : []),
    call(['container', 'start'], [nameOf(word)]),
  ]);
}

function exec([name, ...command]: readonly string[], flags: Flags): EngineCall[] {
  const files = flags.all('env-file').map(() => new Unknown('a file of variables is not read'));
  const body = objectOf([
    ['User', flags.last('user') ?? ''],
    ['Privileged', flags.isSet('privileged')],
    ['Env', [...flags.all('env'), ...files]],
    ['Cmd', command],
  ]);
  const created = call(['exec', 'create'], [nameOf(required(name))], readExec(body));
  return [created, call(['exec', 'start'])];
}

/** `CONTAINER:PATH` on one side; a colon behind a slash or dot belongs to a path. */
function copy(from: string, to: string): EngineCall[] {
  const source = containerPath(from);
  const target = containerPath(to);
  if (source === null && target === null)
    throw new UnreadableCommand('neither side of the copy is a container');
  return [
    ...(source === null ? [] : [call(['container', 'copy_out'], [source.name], { path: source.path })]),
    ...(target === null ? [] : [call(['container', 'copy_in'], [target.name], { path: target.path })]),
  ];
}

function containerPath(text: string): { readonly name: Value; readonly path: Value } | null {
  const colon = text.indexOf(':');
  if (colon < 1 || text.startsWith('/') || text.startsWith('.')) return null;
  return { name: nameOf(text.slice(0, colon)), path: cleanPath(text.slice(colon + 1)) };
}

function commit(name: string, image: string | undefined, flags: Flags): EngineCall {
  const changes = flags.all('change').length > 0 ? ['Changes'] : [];
  const detail = { image: namedImage(image), settings: ValueSet.of(changes) };
  return call(['image', 'commit'], [nameOf(name)], detail);
}

function namedImage(reference: string | undefined): Value {
  if (reference !== undefined) return engineImageFacts(reference);
  return new Unknown('the image gets no name', factOf('image'));
}

function imageCall(
  verb: EngineCall['verb'],
  reference: string,
  all = false,
  detail: Detail = {},
): EngineCall {
  return call(['image', verb], [reference], { ...detail, image: engineImageFacts(reference, '', all) });
}

function build([context = '']: readonly string[], flags: Flags): EngineCall[] {
  const settings = [
    ...(flags.all('add-host').length > 0 ? ['extrahosts'] : []),
    ...(flags.all('cgroup-parent').length > 0 ? ['cgroupparent'] : []),
    ...(/^(https?:|git:|git@|ssh:|github\.com\/)/.test(context) ? ['remote'] : []),
  ];
  return [call(['build', 'run'], flags.all('tag'), buildDetail(flags.last('network') ?? '', settings))];
}

function networkBody(flags: Flags): Value {
  return objectOf([
    ['Driver', flags.last('driver') ?? 'bridge'],
    ['Internal', flags.isSet('internal')],
    ['Attachable', flags.isSet('attachable')],
    ['Ingress', flags.isSet('ingress')],
    ['ConfigOnly', flags.isSet('config-only')],
    ['ConfigFrom', flags.last('config-from') ?? ''],
    ['Scope', flags.last('scope') ?? ''],
    ['EnableIPv6', flags.isSet('ipv6')],
    ['Options', flags.all('opt')],
    ['IPAM', ['subnet', 'gateway', 'ip-range', 'aux-address', 'ipam-driver', 'ipam-opt'].flatMap(flags.all)],
    ['Labels', pairsOf(flags.all('label'))],
  ]);
}

function pairsOf(values: readonly string[]): Value {
  return objectOf(
    values.map((value) => {
      const at = value.indexOf('=');
      return at === -1 ? [value, ''] : [value.slice(0, at), value.slice(at + 1)];
    }),
  );
}

function createVolume([name]: readonly string[], flags: Flags): EngineCall[] {
  const body = objectOf([
    ['Name', name ?? ''],
    ['Driver', flags.last('driver') ?? 'local'],
    ['DriverOpts', pairsOf(flags.all('opt'))],
    ['Labels', pairsOf(flags.all('label'))],
  ]);
  return [call(['volume', 'create'], name === undefined ? [] : [nameOf(name)], volumeDetail(body))];
}

/** The client asks for one kind of thing after the other until it is found. */
const inspected = ['container', 'image', 'network', 'volume', 'service', 'task', 'node', 'plugin', 'secret', 'config'] as const; // prettier-ignore

function inspectAnything(words: readonly string[], flags: Flags): EngineCall[] {
  const type = flags.last('type');
  const objects = inspected.filter((object) => type === undefined || type === object);
  return words.flatMap(
    (word) =>
    objects.map((object) => (object === 'image' ? imageCall('inspect', word) : call([object, 'inspect'], [nameOf(word)]))), // prettier-ignore
  );
}
