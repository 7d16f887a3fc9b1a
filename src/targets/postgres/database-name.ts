/**
 * Which database of which target a client means by the one name that its protocol has for both:
 *
 *     orders                             a target: its own database
 *     orders.reporting, orders/reporting another database of a target, as far as that is open
 *     test_orders                        no target: the one open database of that name
 *
 * A dot stands in the path of a URL as it is (RFC 3986 section 2.3). A slash is one more part of that path, and drivers differ
 * over what they make of it.
 */
import { RE2JS } from 're2js';
import { wildcards } from '../../engine/builtins/text/wildcards.js';
import { NAME_BYTES_MAX } from '../../facts/sql/name-bytes.js';

/** What a target opens: its own database, and those that a pattern fits. */
export interface Openings {
  readonly database: string;
  /** Of `*` for any text and `?` for one character. */
  readonly databases: readonly string[];
}

export type Meaning =
  | { readonly kind: 'database'; readonly target: string; readonly database: string }
  | { readonly kind: 'closed'; readonly target: string; readonly database: string }
  | { readonly kind: 'unknown' }
  /** Several targets open a database of this name. */
  | { readonly kind: 'ambiguous' };

export type ReadName = (requested: string) => Meaning;

export function nameReader(targets: ReadonlyMap<string, Openings>): ReadName {
  const open = new Map([...targets].map(([name, openings]) => [name, opener(openings)]));
  const within = (target: string, database: string): Meaning => {
    if (database === '') return { kind: 'unknown' };
    const kind = open.get(target)!(database) ? 'database' : 'closed';
    return { kind, target, database };
  };
  return (requested) => {
    const own = targets.get(requested);
    if (own !== undefined) return { kind: 'database', target: requested, database: own.database };
    const outer = targetWithin(requested, targets);
    if (outer !== null) return within(outer, requested.slice(outer.length + 1));
    const opening = [...open].filter(([, opens]) => opens(requested)).map(([name]) => name);
    if (opening.length > 1) return { kind: 'ambiguous' };
    return opening.length === 0
      ? { kind: 'unknown' }
      : { kind: 'database', target: opening[0]!, database: requested };
  };
}

/** Whether a target opens a database of this name. */
export function opener({ database, databases }: Openings): (name: string) => boolean {
  const patterns = databases.map((pattern) => RE2JS.compile(wildcards(pattern)));
  return (name) =>
    name === database ||
    (Buffer.byteLength(name) <= NAME_BYTES_MAX && patterns.some((pattern) => pattern.test(name)));
}

/** The target whose name stands before a dot or slash of this one. A configuration in which there could be two is refused. */
export function targetWithin(
  name: string,
  targets: { readonly has: (name: string) => boolean },
): string | null {
  for (const { index } of name.matchAll(/[./]/g)) {
    const outer = name.slice(0, index);
    if (targets.has(outer)) return outer;
  }
  return null;
}
