/** Portals that the target's session has open, with their values, and SQL cursors: they share one namespace. */
import type { Value } from '../../../src/values/value.js';
import type { BoundValue } from '../../../src/masking/sql/masked-write.js';
import { Cursors } from './cursors.js';
import type { Prepared, Undo } from './prepared-statements.js';
import type { Shown } from './run.js';
import type { FieldDescription } from '../wire/messages.js';

export interface Portal {
  readonly statement: Prepared;
  /** Null if they are not known, as for a cursor. */
  readonly parameters: readonly Value[] | null;
  /** The relevant part of them if the session was shown replacements of masked values; null if it was shown none before. */
  readonly values: readonly BoundValue[] | null;
  /** The memory that it costs: characters of its text plus bytes of its values. */
  readonly size: number;
  readonly resultFormats: readonly number[];
  /** The search path at Bind: a later change does not affect it. */
  readonly searchPath: readonly string[] | null;
  readonly shown: Shown;
  /** Null if the server has not described it; empty if it returns nothing. */
  fields: readonly FieldDescription[] | null;
  /** The client has asked for the description, in the same pipeline or before: it arrives before the first row. */
  describing: boolean;
}

/** Bounds of one session's memory. PostgreSQL has none. */
export const PORTALS_MAX = 10_000;
const PORTALS_SIZE_MAX = 64 * 1024 * 1024;

export class OpenPortals {
  readonly cursors = new Cursors();
  readonly #portals = new Map<string, Portal>();
  #size = 0;

  get(name: string): Portal | undefined {
    return this.#portals.get(name);
  }

  hasRoomFor({ size }: Portal): boolean {
    return this.#portals.size < PORTALS_MAX && this.#size + size <= PORTALS_SIZE_MAX;
  }

  /** Null if no portal of this name exists any more. */
  set(name: string, portal: Portal | null): Undo {
    const before = this.#portals.get(name) ?? null;
    this.cursors.close(name);
    this.#put(name, portal);
    return () => this.#put(name, before);
  }

  #put(name: string, portal: Portal | null): void {
    this.#size += (portal?.size ?? 0) - (this.#portals.get(name)?.size ?? 0);
    if (portal === null) this.#portals.delete(name);
    else this.#portals.set(name, portal);
  }

  /** Code may close a portal and open another of the same name: its result must be described again. */
  doubt(): void {
    this.cursors.close(null);
    for (const [name, portal] of this.#portals) if (name !== '') portal.fields = null;
  }

  transactionEnded(): void {
    if (this.#portals.size > 0) this.#portals.clear();
    this.#size = 0;
    this.cursors.transactionEnded();
  }
}
