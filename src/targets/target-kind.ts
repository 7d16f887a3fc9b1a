/**
 * A kind of target, as the gateway serves it: which of them a client means, the credential that opens it, and what the
 * gateway keeps about it for all of its sessions. Each kind has a folder here, and a proxy that speaks its protocol.
 */
import type { SessionRules } from '../config/lifetime.js';

/** The settings in `sallyport.yaml` that every kind of target has. */
export interface TargetSettings {
  readonly name: string;
  readonly type: string;
  readonly sessions: SessionRules;
  readonly labels: Readonly<Record<string, string>>;
}

/** `Access` is what the proxy gets of a target: its login, and what the gateway knows about it. */
export interface TargetKind<Access> {
  /** As `sallyport.yaml` and facts name it: `postgres`. */
  readonly type: string;
  /** By what the client asked for. */
  find(requested: string): Place<Access> | NotFound;
  /** Other targets are configured. Sessions keep the one that they began with. */
  replace(targets: ReadonlyMap<string, TargetSettings>): void;
  /** News of the same kind in another process behind the same port, as it was told there. */
  told(news: unknown): void;
}

/** A place that sessions are opened at: a target, or one database of it. */
export interface Place<Access> {
  readonly kind: 'found';
  readonly target: TargetSettings;
  /** Empty if targets of this kind have none. */
  readonly database: string;
  /** Reads the credential. Throws GatewayError `secret-unreadable`. */
  open(): Promise<Access>;
  /** A session has begun, and ended. */
  entered(): void;
  left(): void;
}

export interface NotFound {
  readonly kind: 'not-found';
  readonly why: 'unknown-database' | 'closed-database' | 'ambiguous-database';
  readonly message: string;
  readonly hint: string | null;
}
