/** What requests that open a connection, and requests for logs, ask for. */
import { Unknown, type Value } from '../../values/value.js';
import type { Entry } from './entry.js';
import type { ResourcePath } from './path.js';
import { first, isOn, type Query } from './query.js';
import { unreadableQuery } from './verb.js';

const unreadablePath = new Unknown('the path can be read in more than one way');

export function streamFacts(path: ResourcePath, verb: Value, query: Query | null): Partial<Entry> {
  const { subresource } = path;
  if (verb === 'proxy' || (verb === 'connect' && subresource === 'proxy'))
    return { proxy_path: path.rest ?? unreadablePath };
  const isLog = path.resource === 'pods' && path.group === '' && subresource === 'log';
  if (verb !== 'connect' && !isLog) return {};
  if (subresource === 'portforward') return { ports: query === null ? unreadableQuery : portsOf(query) };
  if (query === null) return unreadable(subresource);
  const container = first(query, 'container');
  const chosen = container === undefined || container === '' ? {} : { container };
  if (isLog) return chosen;
  const switches = { stdin: isOn(query, 'stdin'), tty: isOn(query, 'tty') };
  return { ...chosen, ...switches, ...(subresource === 'exec' ? { argv: query.get('command') ?? [] } : {}) };
}

function unreadable(subresource: string | null): Partial<Entry> {
  const container = { container: unreadableQuery };
  if (subresource === 'log') return container;
  const switches = { ...container, stdin: unreadableQuery, tty: unreadableQuery };
  return subresource === 'exec' ? { ...switches, argv: unreadableQuery } : switches;
}

/** WebSocket clients name ports in the query, SPDY clients when the connection stands. */
function portsOf(query: Query): Value {
  const ports = (query.get('ports') ?? []).flatMap((value) => value.split(',')).map(Number);
  const valid = ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536);
  return ports.length > 0 && valid ? ports : new Unknown('the ports are named later');
}
