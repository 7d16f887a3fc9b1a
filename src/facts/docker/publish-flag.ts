/** `--publish [ADDRESS:][HOST:]CONTAINER[/PROTOCOL]`, with ranges, as `PortBindings`. */
import { Unknown, objectOf, type Value } from '../../values/value.js';

const portsMax = 1000;

interface Published {
  readonly address: string;
  readonly host: string;
  readonly container: string;
  readonly protocol: string;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

export function readPorts(values: readonly string[]): Value {
  const bindings = new Map<string, Value[]>();
  let total = 0;
  for (const value of values) {
    const published = value.includes('=') ? readLong(value) : readShort(value);
    const pairs = published === null ? null : expand(published);
    total += pairs?.length ?? 0;
    if (pairs === null || total > portsMax) return new Unknown('a port that is published is not read');
    for (const [port, host] of pairs) bindings.set(port, [...(bindings.get(port) ?? []), host]);
  }
  return objectOf(bindings);
}

function readShort(value: string): Published | null {
  const match =
    /^(?:(?:(\[[0-9a-fA-F:.]+\]|[0-9.]*):)?(\d*(?:-\d+)?):)?(\d+(?:-\d+)?)(?:\/(tcp|udp|sctp))?$/i.exec(
      value,
    );
  if (match === null) return null;
  const [, address = '', host = '', container, protocol = 'tcp'] = match;
  return {
    address: address.replace(/^\[|\]$/g, ''),
    host,
    container: container!,
    protocol: protocol.toLowerCase(),
  };
}

/** `target=80,published=8080,protocol=tcp`. */
function readLong(value: string): Published | null {
  const parts = new Map(value.split(',').map((part) => part.toLowerCase().split('=', 2) as [string, string]));
  if ([...parts.keys()].some((key) => !/^(target|published|protocol|mode)$/.test(key))) return null;
  const container = parts.get('target') ?? '';
  return {
    address: '',
    host: parts.get('published') ?? '',
    container,
    protocol: parts.get('protocol') ?? 'tcp',
  };
}

function expand({ address, host, container, protocol }: Published): [string, Value][] | null {
  const inside = readRange(container);
  const outside = host === '' ? null : readRange(host);
  if (inside === null || inside.last - inside.first > portsMax || !/^(tcp|udp|sctp)$/.test(protocol))
    return null;
  if (host !== '' && outside === null) return null;
  const single = inside.first === inside.last;
  if (outside !== null && !single && outside.last - outside.first !== inside.last - inside.first) return null;
  const pairs: [string, Value][] = [];
  for (let port = inside.first; port <= inside.last; port++) {
    const place = outside === null ? '' : hostPort(outside, port - inside.first, single);
    pairs.push([`${port}/${protocol}`, objectOf([['HostIp', address], ['HostPort', place]])]); // prettier-ignore
  }
  return pairs;
}

/** One port of the container may get any one of a range. */
function hostPort({ first, last }: Range, offset: number, single: boolean): string {
  return single && last > first ? `${first}-${last}` : String(first + offset);
}

function readRange(text: string): Range | null {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return null;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  return first === 0 || last < first || last > 65535 ? null : { first, last };
}
