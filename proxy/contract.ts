/** What a protocol's proxy is to the process that runs it. `proxy/list.ts` has all of them. */
import type { Address } from '../src/config/pieces.js';
import type { Gateway } from '../src/gateway/gateway.js';
import type { Log } from '../src/log.js';
import type { TargetKind, TargetSettings } from '../src/targets/target-kind.js';
import type { CertificateEvents, ListenerLimits, ListenerOptions } from './listener.js';

/** One row of the list. */
export interface ServedType {
  /** The type of target, as `sallyport.yaml` names it. */
  readonly type: string;
  readonly open: (parts: ServedParts) => Promise<OpenType>;
  /** Reads what a target contains. Left out if targets of this type have no catalogue. */
  readonly pull?: (target: TargetSettings) => Promise<PulledCatalogue>;
}

/** A catalogue, as `*.catalogue.yaml` has it, and how many there are of what. */
export interface PulledCatalogue {
  readonly file: object;
  readonly counts: Readonly<Record<string, number>>;
}

export interface ServedParts {
  readonly targets: ReadonlyMap<string, TargetSettings>;
  readonly log: Log;
  readonly clock: () => Date;
  /** How long a target may take to accept the gateway's login. */
  readonly upstreamMs: () => number;
  /** Tells the same kind of targets in the other processes behind the port. */
  readonly tell: (news: unknown) => void;
}

export interface OpenType {
  readonly kind: TargetKind<unknown>;
  /** Throws if the certificate is invalid or the port is unavailable. */
  start(gateway: Gateway, options: ProxyOptions): Promise<RunningProxy>;
}

/** What may change while it runs. */
export interface ProxySettings {
  readonly limits: ListenerLimits & { readonly upstreamMs: number };
  /** Where clients that can ask for one get a token. */
  readonly oauth: { readonly issuer: string; readonly scope: string; readonly always: boolean };
}

export interface ProxyOptions extends ListenerOptions, ProxySettings {
  readonly onCertificate: CertificateEvents;
  /** Tells the proxies of the same type in the other processes behind the port. Left out if there are none. */
  readonly tell?: ((news: unknown) => void) | undefined;
}

export interface RunningProxy {
  readonly address: Address;
  reload(settings: ProxySettings): void;
  /** What a proxy in another process has told. */
  told(news: unknown): void;
  /** As `Listener.close`. */
  close(drainMs?: number): Promise<void>;
}
