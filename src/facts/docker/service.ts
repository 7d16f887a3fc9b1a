/** The body with which a service of a swarm is created or changed (Engine API: ServiceSpec). */
import { Unknown, ValueSet, isObject, objectOf, type Maybe, type Value } from '../../values/value.js';
import { environmentNames, labelFacts, limitFact, optionalField, reasonOf, settingsOf, wordsOf } from './container.js'; // prettier-ignore
import { defaultNamespaces, doubtful, factOf, unknownDetail, type Detail } from './detail.js';
import { mountOf } from './mounts.js';
import { engineImageFacts } from './reference.js';
import { capabilityFacts } from './security.js';
import { flagOf, membersOf, numberOf, readStruct, textOf, type Struct } from './struct.js';

const serviceKeys = ['Name', 'Labels', 'TaskTemplate', 'Mode', 'UpdateConfig', 'RollbackConfig', 'Networks', 'EndpointSpec']; // prettier-ignore
const taskSettings = ['PluginSpec', 'NetworkAttachmentSpec', 'Placement', 'LogDriver', 'Runtime'];
const taskKeys = [...taskSettings, 'ContainerSpec', 'Resources', 'RestartPolicy', 'Networks', 'ForceUpdate'];
const containerSettings = [
  'Dir', 'Groups', 'Hostname', 'Init', 'StopSignal', 'TTY', 'OpenStdin', 'StopGracePeriod', 'Healthcheck', 'Hosts',
  'DNSConfig', 'Secrets', 'OomScoreAdj', 'Configs', 'Isolation', 'Sysctls', 'Ulimits',
]; // prettier-ignore
const containerKeys = [
  ...containerSettings,
  'Image', 'Labels', 'Command', 'Args', 'Env', 'User', 'Privileges', 'ReadOnly', 'Mounts', 'CapabilityAdd',
  'CapabilityDrop',
]; // prettier-ignore

/** Settings that change nothing of what the containers may do. */
const plainSettings = new Set([
  'Dir',
  'Hostname',
  'Init',
  'StopSignal',
  'TTY',
  'OpenStdin',
  'StopGracePeriod',
]);

export function readService(body: Maybe): Detail {
  if (!isObject(body)) return unknownDetail(reasonOf(body));
  const service = readStruct(body, serviceKeys);
  const task = readStruct(service.get('TaskTemplate'), taskKeys);
  const container = readStruct(task.get('ContainerSpec'), containerKeys);
  const privileges = readStruct(container.get('Privileges'), privilegeKeys);
  const networks = [...networkTargets(service.get('Networks')), ...networkTargets(task.get('Networks'))];
  const detail: Detail = {
    ...containerDetail(container, privileges),
    ...limits(task.get('Resources')),
    labels: labelFacts(service.get('Labels')),
    restart: restartFact(task.get('RestartPolicy')),
    ports: ports(service.get('EndpointSpec')),
    networks: ValueSet.of(networks.filter((name) => name !== 'host')),
    namespaces: networks.includes('host')
      ? objectOf([...Object.entries(defaultNamespaces), ['network', 'host']])
      : defaultNamespaces,
    settings: ValueSet.of([...settingsOf(task, taskSettings), ...settingsOf(container, sensitiveSettings)]),
  };
  const [other] = [service, task, container, privileges].flatMap(({ others }) => others);
  const unread =
    other ?? ['PluginSpec', 'NetworkAttachmentSpec'].find((name) => task.get(name) !== undefined);
  return unread === undefined ? detail : doubtful(detail, `what \`${unread}\` means is not known`);
}

const sensitiveSettings = containerSettings.filter((name) => !plainSettings.has(name));

function containerDetail(container: Struct, privileges: Struct): Detail {
  const user = textOf(container.get('User'), factOf('user'));
  return {
    image: engineImageFacts(textOf(container.get('Image'), factOf('image'))),
    command: wordsOf(container.get('Args'), 'command') ?? [],
    ...optionalField('entrypoint', wordsOf(container.get('Command'), 'entrypoint')),
    ...optionalField('user', user === '' ? null : user),
    environment: ValueSet.of(environmentNames(container.get('Env'))),
    capabilities_added: ValueSet.of(capabilityFacts(container.get('CapabilityAdd'), 'capabilities_added')),
    capabilities_dropped: ValueSet.of(
      capabilityFacts(container.get('CapabilityDrop'), 'capabilities_dropped'),
    ),
    security_options: ValueSet.of(securityOptions(privileges)),
    mounts: membersOf(container.get('Mounts'), factOf('mounts')).map(mountOf),
    read_only_root: flagOf(container.get('ReadOnly'), factOf('read_only_root')),
  };
}

const privilegeKeys = ['CredentialSpec', 'SELinuxContext', 'Seccomp', 'AppArmor', 'NoNewPrivileges'];

/** In the words that the options of a container have. */
function securityOptions(privileges: Struct): Value[] {
  const fact = factOf('security_options');
  const selinux = readStruct(privileges.get('SELinuxContext'), ['Disable', 'User', 'Role', 'Type', 'Level']);
  const mode = (name: string): string | Unknown =>
    textOf(readStruct(privileges.get(name), ['Mode', 'Profile']).get('Mode'), fact);
  const seccomp = mode('Seccomp');
  const apparmor = mode('AppArmor');
  return [
    ...option(flagOf(privileges.get('NoNewPrivileges'), fact), 'no-new-privileges'),
    ...option(flagOf(selinux.get('Disable'), fact), 'label=disable'),
    ...(seccomp === '' || seccomp === 'default' ? [] : [seccomp === 'custom' ? 'seccomp=profile' : known('seccomp', seccomp)]), // prettier-ignore
    ...(apparmor === '' || apparmor === 'default' ? [] : [apparmor === 'disabled' ? 'apparmor=unconfined' : known('apparmor', apparmor)]), // prettier-ignore
    ...(privileges.get('CredentialSpec') === undefined ? [] : ['credentialspec']),
  ];
}

function option(set: boolean | Unknown, text: string): Value[] {
  return set === false ? [] : [set === true ? text : set];
}

function known(key: string, mode: string | Unknown): Value {
  return mode instanceof Unknown ? mode : `${key}=${mode}`;
}

function limits(resources: Maybe): Detail {
  const limit = readStruct(readStruct(resources, ['Limits']).get('Limits'), ['MemoryBytes', 'Pids']);
  return {
    ...limitFact('memory_bytes', limit.get('MemoryBytes')),
    ...limitFact('pids_max', limit.get('Pids')),
  };
}

/** A swarm starts its tasks again unless it is told otherwise. */
function restartFact(policy: Maybe): Value {
  const condition = textOf(readStruct(policy, ['Condition']).get('Condition'), factOf('restart'));
  if (condition === 'none') return 'no';
  return condition === '' || condition === 'any' ? 'always' : condition;
}

/** Ids where the client has looked them up, or names. */
function networkTargets(networks: Maybe): Value[] {
  const fact = factOf('networks');
  return membersOf(networks, fact).map((one) => textOf(readStruct(one, ['Target']).get('Target'), fact));
}

function ports(endpoint: Maybe): Value[] {
  const fact = factOf('ports');
  const listed = membersOf(readStruct(endpoint, ['Ports']).get('Ports'), fact);
  return listed.map((one) => {
    const port = readStruct(one, ['Protocol', 'TargetPort', 'PublishedPort']);
    const protocol = textOf(port.get('Protocol'), fact);
    const published = numberOf(port.get('PublishedPort'), fact);
    return objectOf([
      ['container', numberOf(port.get('TargetPort'), fact)],
      ['protocol', protocolFact(protocol)],
      ...(published === 0 ? [] : [['host_port', published] as const]),
    ]);
  });
}

function protocolFact(protocol: string | Unknown): Value {
  if (protocol === '') return 'tcp';
  if (protocol instanceof Unknown || /^(tcp|udp|sctp)$/.test(protocol)) return protocol;
  return new Unknown('a protocol is not known', factOf('ports'));
}
