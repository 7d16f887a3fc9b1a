/** IP addresses and networks as Go's `net` reads and writes them. */

/** A network; the address is that of its first host. An IPv4 address inside IPv6 is an IPv4 address. */
export interface Network {
  readonly bits: 32 | 128;
  readonly address: bigint;
  readonly prefix: number;
}

export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

function readV4(text: string): bigint | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  let value = 0n;
  for (const part of parts) {
    // A leading zero is octal to some readers and decimal to others, so it is neither.
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

/** RFC 4291 section 2.2, without a zone. */
function readV6(text: string): bigint | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = halves.map(readGroups);
  if (head === null || tail === null || head === undefined) return null;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...(tail ?? [])];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

function readGroups(text: string, half: number): bigint[] | null {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part.includes('.')) {
      const v4 = readV4(part);
      if (v4 === null) return null;
      groups.push(v4 >> 16n, v4 & 0xffffn);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return null;
  }
  return half > 1 ? null : groups;
}

/** The longest text of an address or network. */
const lengthMax = 64;

function read(text: string): Address | null {
  if (text.length > lengthMax) return null;
  const v4 = readV4(text);
  if (v4 !== null) return { bits: 32, value: v4 };
  const v6 = text.includes(':') ? readV6(text) : null;
  return v6 === null ? null : { bits: 128, value: v6 };
}

const isMapped = (value: bigint): boolean => value >> 32n === 0xffffn;

export function readAddress(text: string): Address | null {
  const address = read(text);
  if (address?.bits !== 128 || !isMapped(address.value)) return address;
  return { bits: 32, value: address.value & 0xffffffffn };
}

/** `address/prefix`; host bits are cleared. */
export function readNetwork(text: string): Network | null {
  const slash = text.indexOf('/');
  if (slash < 0) return null;
  const address = read(text.slice(0, slash));
  const size = text.slice(slash + 1);
  if (address === null || !/^\d{1,3}$/.test(size) || Number(size) > address.bits) return null;
  const network = networkOf(address, Number(size));
  if (network.bits === 32 || !isMapped(network.address)) return network;
  return { bits: 32, address: network.address & 0xffffffffn, prefix: network.prefix - 96 };
}

export function networkOf({ bits, value }: Address, prefix: number): Network {
  const host = BigInt(bits - prefix);
  return { bits, address: (value >> host) << host, prefix };
}

export function lastOf({ bits, address, prefix }: Network): bigint {
  return address | ((1n << BigInt(bits - prefix)) - 1n);
}

export function contains(network: Network, { bits, value }: Address): boolean {
  if (network.bits !== bits) return false;
  const host = BigInt(bits - network.prefix);
  return network.address >> host === value >> host;
}

/** RFC 5952: lower case, the longest run of two zero groups or more left out. */
export function writeAddress({ bits, value }: Address): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => (value >> BigInt(112 - 16 * i)) & 0xffffn);
  const [start, length] = longestZeros(groups);
  const text = (part: readonly bigint[]): string => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function longestZeros(groups: readonly bigint[]): readonly [number, number] {
  let best: readonly [number, number] = [0, 0];
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0n) end++;
    if (end - start > best[1]) best = [start, end - start];
  }
  return best;
}
