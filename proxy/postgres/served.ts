/** PostgreSQL as a served type: its targets, and a proxy that admits clients to them. */
import { createPostgresTargets } from '../../src/targets/postgres/kind.js';
import type { ServedType } from '../contract.js';
import { targetStream } from './login/target-stream.js';
import { pullCatalogue } from './pull.js';
import { startPostgresProxy, type SqlGateway } from './proxy.js';
import { openSqlSession } from './state/sql-session.js';

/** A client wants to cancel what another process may be running. */
interface CancelNews {
  readonly processId: number;
  /** Hexadecimal. */
  readonly secret: string;
}

export const servedPostgres: ServedType = {
  type: 'postgres',
  pull: pullCatalogue,
  async open({ targets, log, clock, upstreamMs, tell }) {
    const stream: Parameters<typeof createPostgresTargets>[0]['stream'] = (login) =>
      targetStream(login, upstreamMs());
    const kind = await createPostgresTargets({ targets, log, stream, clock, tell });
    return {
      kind,
      async start(gateway, { tell: tellProxies, ...options }) {
        const sqlGateway: SqlGateway = {
          maskingKey: gateway.maskingKey,
          async admit(request) {
            const admission = await gateway.admit(request, kind);
            if (admission.kind !== 'admitted') return admission;
            return { kind: 'admitted', session: openSqlSession(admission.session, admission.access) };
          },
        };
        const proxy = await startPostgresProxy({
          gateway: sqlGateway,
          ...options,
          ...(tellProxies === undefined
            ? {}
            : {
                cancelElsewhere: (processId, secret) =>
                  tellProxies({ processId, secret: secret.toString('hex') } satisfies CancelNews),
              }),
        });
        return {
          address: { host: proxy.address, port: proxy.port },
          reload: (settings) => proxy.reload(settings),
          told: (news) => {
            const { processId, secret } = news as CancelNews;
            proxy.cancel(processId, Buffer.from(secret, 'hex'));
          },
          close: (drainMs) => proxy.close(drainMs),
        };
      },
    };
  },
};
