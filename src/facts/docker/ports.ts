/** Ports that are opened on the host. */
import { Unknown, objectOf, type Maybe, type Value } from '../../values/value.js';
import { factOf } from './detail.js';
import { entriesOf, membersOf, readStruct, textOf } from './struct.js';

const fact = factOf('ports');
const unknown = (reason: string): Unknown => new Unknown(reason, fact);

export function portFacts(bindings: Maybe): Value[] {
  const entries = entriesOf(bindings);
  if (entries === null) return [unknown('the ports are not known')];
  return entries.flatMap(([port, places]) => {
    const match = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(port);
    const hosts = membersOf(places, fact);
    if (match === null || hosts.length === 0) return [unknown('a port is not a number and a protocol')];
    return hosts.map((host) => portFact(Number(match[1]), match[2] ?? 'tcp', host));
  });
}

function portFact(container: number, protocol: string, place: Value): Value {
  if (place instanceof Unknown) return unknown(place.reason);
  const struct = readStruct(place, ['HostIp', 'HostPort']);
  const address = textOf(struct.get('HostIp'), fact);
  const port = textOf(struct.get('HostPort'), fact);
  const hostPort = port === '' || port instanceof Unknown ? port : readPort(port);
  return objectOf([
    ['container', container],
    ['protocol', protocol],
    ...(address === '' ? [] : [['host_address', address] as const]),
    ...(hostPort === '' || hostPort === 0 ? [] : [['host_port', hostPort] as const]),
  ]);
}

function readPort(text: string): Value {
  return /^\d{1,5}$/.test(text) ? Number(text) : unknown('a port of the host is not one number');
}
