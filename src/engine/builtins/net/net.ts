/** Networks in CIDR notation. */
import { setOf, text } from '../../../values/schema.js';
import { compare, isArray, ValueSet, type Value, type ValueObject } from '../../../values/value.js';
import {
  contains,
  lastOf,
  networkOf,
  readAddress,
  readNetwork,
  writeAddress,
  type Address,
  type Network,
} from './address.js';
import { BuiltinError, type Builtin, type BuiltinContext } from '../define/builtin.js';
import {
  anything,
  collection,
  define,
  either,
  record,
  set,
  string,
  strings,
  takes,
  truth,
  type Kind,
} from '../define/define.js';
import { membersOf } from '../define/limits.js';

const textSet: Kind<ValueSet> = { type: setOf(text) };
const keyed: Kind<string | ValueObject | readonly Value[] | ValueSet> = either(
  string,
  either(record, collection),
);

/** The most addresses that one network is written out as. */
const expandMax = 65_536;

function network(cidr: string): Network {
  const found = readNetwork(cidr);
  if (found === null) throw new BuiltinError(`\`${cidr.slice(0, 64)}\` is not a network in CIDR notation`);
  return found;
}

const firstOf = ({ bits, address }: Network): Address => ({ bits, value: address });

function covers(outer: Network, inner: string): boolean {
  const address = readAddress(inner);
  if (address !== null) return contains(outer, address);
  const other = network(inner);
  return contains(outer, firstOf(other)) && contains(outer, { bits: other.bits, value: lastOf(other) });
}

/** A text is a single entry; members of collections are identified by index, by key or, in sets, by themselves. */
function entriesOf(
  values: string | ValueObject | readonly Value[] | ValueSet,
): readonly (readonly [Value, Value])[] {
  if (typeof values === 'string') return [[values, values]];
  if (isArray(values)) return values.map((value, i) => [i, value] as const);
  if (values instanceof ValueSet) return values.items.map((value) => [value, value] as const);
  return Object.entries(values);
}

/** A text, or the first member of an array. */
function cidrOf(value: Value): string {
  const cidr = isArray(value) ? value[0] : value;
  if (typeof cidr !== 'string')
    throw new BuiltinError('a member must be a text or an array that begins with one');
  return cidr;
}

type Keyed = string | ValueObject | readonly Value[] | ValueSet;

function containsMatches(left: Keyed, right: Keyed, context: BuiltinContext): ValueSet {
  const pairs: Value[] = [];
  const inner = entriesOf(right);
  for (const [key, value] of entriesOf(left)) {
    const outer = network(cidrOf(value));
    context.spend(1 + inner.length);
    for (const [otherKey, other] of inner) if (covers(outer, cidrOf(other))) pairs.push([key, otherKey]);
  }
  return ValueSet.of(pairs);
}

function expand(cidr: string, context: BuiltinContext): ValueSet {
  const { bits, address, prefix } = network(cidr);
  const count = 2 ** (bits - prefix);
  if (count > expandMax) throw new BuiltinError('the network is too large to be written out');
  context.spend(count);
  return ValueSet.of(
    Array.from({ length: count }, (_, i) => writeAddress({ bits, value: address + BigInt(i) })),
  );
}

/** An IPv4 address without a prefix gets the prefix of its class, as Go's `IP.DefaultMask`; IPv6 has no classes. */
function classfulNetwork(given: string): Network {
  const address = readAddress(given);
  if (address === null) return network(given);
  if (address.bits !== 32) throw new BuiltinError(`\`${given}\` needs a prefix length`);
  const first = Number(address.value >> 24n);
  return networkOf(address, first < 0x80 ? 8 : first < 0xc0 ? 16 : 24);
}

function merge(cidrs: readonly string[], context: BuiltinContext): ValueSet {
  context.spend(cidrs.length * 2);
  const networks = cidrs.map(classfulNetwork).sort((a, b) => a.bits - b.bits || compareAddresses(a, b));
  const merged: Network[] = [];
  for (const next of networks) {
    const last = merged.at(-1);
    if (last !== undefined && contains(last, firstOf(next))) continue;
    merged.push(next);
    joinNeighbours(merged);
  }
  return ValueSet.of(merged.map((one) => `${writeAddress(firstOf(one))}/${one.prefix}`));
}

const compareAddresses = (a: Network, b: Network): number =>
  compare(a.address, b.address) || a.prefix - b.prefix;

/** Merges two halves of a network into that network, repeatedly. */
function joinNeighbours(networks: Network[]): void {
  for (let left = networks.at(-2); left !== undefined; left = networks.at(-2)) {
    const right = networks.at(-1)!;
    if (left.bits !== right.bits || left.prefix !== right.prefix || left.prefix === 0) return;
    const whole = networkOf(firstOf(left), left.prefix - 1);
    if (whole.address !== left.address || !contains(whole, firstOf(right))) return;
    networks.splice(-2, 2, whole);
  }
}

export const net: readonly Builtin[] = [
  define(
    'net.cidr_contains',
    [takes('cidr', string), takes('cidr_or_ip', string)],
    truth,
    'Whether a network holds an address or a whole other network.',
    ([cidr, other]) => covers(network(cidr), other),
  ),
  define(
    'net.cidr_contains_matches',
    [takes('cidrs', keyed), takes('cidrs_or_ips', keyed)],
    set,
    'The pairs of keys (index, key or member) where the network of the one holds that of the other.',
    ([cidrs, others], context) => containsMatches(cidrs, others, context),
  ),
  define(
    'net.cidr_intersects',
    [takes('cidr1', string), takes('cidr2', string)],
    truth,
    'Whether two networks have an address in common.',
    ([left, right]) => {
      const a = network(left);
      const b = network(right);
      return contains(a, firstOf(b)) || contains(b, firstOf(a));
    },
  ),
  define(
    'net.cidr_expand',
    [takes('cidr', string)],
    textSet,
    'Every address of a network, 65,536 at most.',
    ([cidr], context) => expand(cidr, context),
  ),
  define(
    'net.cidr_merge',
    [takes('addrs', strings)],
    textSet,
    'The fewest networks with the same addresses; an address without a prefix stands for itself.',
    ([cidrs], context) => merge(membersOf<string>(cidrs), context),
  ),
  define(
    'net.cidr_is_valid',
    [takes('cidr', anything)],
    truth,
    'Whether it is a network in CIDR notation.',
    ([cidr]) => {
      return typeof cidr === 'string' && readNetwork(cidr) !== null;
    },
  ),
];
