/** What `sallyport.yaml` says, as the gateway uses it. */
import type { LogOptions } from '../../audit/log.js';
import type { IssuerOptions } from '../../identity/oidc.js';
import type { Address } from '../../config/pieces.js';
import type { TargetSettings } from '../../targets/target-kind.js';
import type { SessionRules } from '../../config/lifetime.js';
import type { LogLevel } from '../../log.js';
import type { SecretReference } from '../../config/secrets.js';

export interface RecordingsConfig extends LogOptions {
  /** So much of the disk is left to sessions that are admitted already: with less, nobody else is. */
  readonly reserveBytes: number;
  /** What the records of refused logins may take, all together. */
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
      /** A folder for the last bundle that was good. */
      readonly cache: string;
      readonly token: SecretReference | null;
    };

/** `ca`: PEM of the authorities that its certificate may be from. Null: the public ones. */
export type IssuerConfig = Omit<IssuerOptions, 'ca'> & { readonly ca: SecretReference | null };

/** Paths are absolute: in the file they are relative to it. */
export interface GatewayConfig {
  readonly rules: RulesConfig;
  readonly issuers: readonly IssuerConfig[];
  /** How long sessions last, for all and by issuer; targets have their own. */
  readonly sessions: { readonly all: SessionRules; readonly byIssuer: ReadonlyMap<string, SessionRules> };
  /** By issuer: the JSON Schema of its claims, for whoever checks rules. */
  readonly claimSchemas: ReadonlyMap<string, string>;
  /** Where clients that speak OAUTHBEARER are sent for a token, and whether all are asked for one in this way. */
  readonly oauth: { readonly issuer: string; readonly scope: string; readonly always: boolean };
  readonly targets: ReadonlyMap<string, TargetSettings>;
  /** By type of target: where the gateway listens for its clients. */
  readonly listen: ReadonlyMap<string, Address>;
  /** Processes that share the port; `auto` is one for each core. */
  readonly workers: number | 'auto';
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly recordings: RecordingsConfig;
  /** Of `hash` masks. Null: one made at start, so that hashes differ from one run of the gateway to the next. */
  readonly maskingKey: SecretReference | null;
  readonly limits: {
    readonly connections: number;
    readonly commandBytes: number;
    readonly loginSeconds: number;
    /** How long a target may take to let the gateway in. */
    readonly targetSeconds: number;
    /** Of a result: what the record keeps of its rows. */
    readonly sampleRows: number;
    readonly sampleBytes: number;
    /** How long running commands may go on once the gateway is told to stop. */
    readonly drainSeconds: number;
    /** Connections that have not logged in yet; they do not count as `connections`. */
    readonly unauthenticated: number;
    /** Of one address. More of them lock it out. */
    readonly failedLoginsPerMinute: number;
    /** 0: never. */
    readonly lockoutSeconds: number;
  };
  readonly log: LogConfig;
}

export interface LogConfig {
  readonly level: LogLevel;
  /** At which level a refused command is logged, and the beginning and end of a session. */
  readonly denials: LogLevel;
  readonly sessions: LogLevel;
}
