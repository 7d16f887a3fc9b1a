/** The settings of `sallyport.yaml`, as the gateway uses them. */
import type { LogOptions } from '../../audit/log.js';
import type { IssuerOptions } from '../../identity/oidc.js';
import type { Address } from '../../config/pieces.js';
import type { TargetSettings } from '../../targets/target-kind.js';
import type { SessionRules } from '../../config/lifetime.js';
import type { LogLevel } from '../../log.js';
import type { SecretReference } from '../../config/secrets.js';

export interface RecordingsConfig extends LogOptions {
  /** Disk space kept for sessions already admitted. With less free, nobody else is admitted. */
  readonly reserveBytes: number;
  /** The total size of the records of refused logins. */
  readonly refusedBytes: number;
}

export type RulesConfig =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 'bundle';
      readonly url: string;
      /** PEM files; a signature by one of the keys is enough. */
      readonly keys: readonly string[];
      readonly pollSeconds: number;
      /** A folder for the last valid bundle. */
      readonly cache: string;
      readonly token: SecretReference | null;
    };

/** `ca`: PEM of the authorities trusted for its certificate. Null: the public ones. */
export type IssuerConfig = Omit<IssuerOptions, 'ca'> & { readonly ca: SecretReference | null };

/** Paths are absolute: in the file they are relative to it. */
export interface GatewayConfig {
  readonly rules: RulesConfig;
  readonly issuers: readonly IssuerConfig[];
  /** How long sessions last, for all and by issuer; targets have their own. */
  readonly sessions: { readonly all: SessionRules; readonly byIssuer: ReadonlyMap<string, SessionRules> };
  /** The JSON Schema of each issuer's claims, for checking rules. */
  readonly claimSchemas: ReadonlyMap<string, string>;
  /** Where OAUTHBEARER clients get a token, and whether every client must authenticate in this way. */
  readonly oauth: { readonly issuer: string; readonly scope: string; readonly always: boolean };
  readonly targets: ReadonlyMap<string, TargetSettings>;
  /** Where the gateway listens, by type of target. */
  readonly listen: ReadonlyMap<string, Address>;
  /** Processes that share the port; `auto` is one for each core. */
  readonly workers: number | 'auto';
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly recordings: RecordingsConfig;
  /** The key of `hash` masks. Null: one is generated at start, so hashes differ from run to run. */
  readonly maskingKey: SecretReference | null;
  readonly limits: {
    readonly connections: number;
    readonly commandBytes: number;
    readonly loginSeconds: number;
    /** How long connecting and logging in to a target may take. */
    readonly targetSeconds: number;
    /** How many rows of a result the record keeps. */
    readonly sampleRows: number;
    readonly sampleBytes: number;
    /** How long running commands may continue once the gateway is told to stop. */
    readonly drainSeconds: number;
    /** How many connections may be open before login; they do not count as `connections`. */
    readonly unauthenticated: number;
    /** Per address. More lock it out. */
    readonly failedLoginsPerMinute: number;
    /** 0: never. */
    readonly lockoutSeconds: number;
  };
  readonly log: LogConfig;
}

export interface LogConfig {
  readonly level: LogLevel;
  /** The levels at which refused commands, and the beginning and end of sessions, are logged. */
  readonly denials: LogLevel;
  readonly sessions: LogLevel;
}
