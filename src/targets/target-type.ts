/** What a type of target adds to `sallyport.yaml`: its keys, their schema and their help. */
import type { z } from 'zod';
import type { ConfigKey } from '../config/key.js';
import type { SecretReference } from '../config/secrets.js';
import type { TargetSettings } from './target-kind.js';

export interface TargetData {
  readonly type: string;
}
export type TargetSchema = z.ZodObject<{ type: z.ZodLiteral<string> }>;

export interface TargetType {
  readonly type: string;
  readonly schema: TargetSchema;
  /** What is said of each key, below the target; of the nested, `tls.ca`. */
  readonly keys: Readonly<Record<string, ConfigKey>>;
  /** What is said of `listen.TYPE`. */
  readonly listen: ConfigKey;
  /** `at` makes a path absolute. `data` is what the schema accepted. */
  settings(name: string, data: TargetData, at: (path: string) => string): TargetSettings;
  /** Names of targets that would mean two things. */
  readonly conflicts?: (names: ReadonlySet<string>) => readonly NameConflict[];
  /** Which databases clients may ask for, for names in rules. Left out if targets of this type have none. */
  readonly databases?: (target: TargetSettings) => TargetDatabases;
  /** What a target names on this machine: is it there, and can it be used? */
  readonly preflight?: (target: TargetSettings, place: readonly PropertyKey[], checks: PlaceChecks) => void;
}

export interface NameConflict {
  readonly name: string;
  readonly message: string;
}

export interface TargetDatabases {
  readonly own: string;
  readonly opens: (database: string) => boolean;
  /** Whether it opens others than its own. */
  readonly patterns: boolean;
}

/** Each tells what is wrong at that place of the configuration. */
export interface PlaceChecks {
  /** Null if it cannot be read, or is not known without running a command. */
  secret(place: readonly PropertyKey[], reference: SecretReference): string | null;
  authorities(place: readonly PropertyKey[], reference: SecretReference): void;
  /** PEM of a certificate and its key. `place` has both under `cert` and `key`. */
  pair(place: readonly PropertyKey[], pair: { readonly cert: string; readonly key: string }): void;
}
