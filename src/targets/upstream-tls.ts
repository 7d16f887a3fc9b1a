/** How a target is reached over TLS. Never shown, never logged. */
export type UpstreamTls =
  /** `cleartextPassword`: the password may go to another machine in the clear, if that asks for it. */
  | { readonly kind: 'off'; readonly cleartextPassword?: boolean }
  | {
      readonly kind: 'verify';
      /** PEM; null: the public authorities that Node.js knows. */
      readonly ca: string | null;
      /** The gateway's own certificate, PEM. */
      readonly client: { readonly cert: string; readonly key: string } | null;
      /** Whose certificate it must be; null: the host's. */
      readonly serverName: string | null;
      /** `require` takes no login that is not bound to the target's certificate. */
      readonly channelBinding: 'prefer' | 'require';
    };
