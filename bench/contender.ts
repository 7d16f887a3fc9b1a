/** A server that clients of the benchmark connect to: PostgreSQL itself, or something before it. */
export interface Contender {
  readonly name: string;
  /** The process between client and server; null if there is none. */
  readonly pid: number | null;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** It speaks TLS to clients that ask for it. */
  readonly tls: boolean;
}
