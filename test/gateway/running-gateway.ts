/** A gateway with PostgreSQL targets, and sessions as its proxy has them. */
import { targetStream } from '../../proxy/postgres/login/target-stream.js';
import type { SqlAdmission } from '../../proxy/postgres/proxy.js';
import { openSqlSession } from '../../proxy/postgres/state/sql-session.js';
import type { GatewayConfig } from '../../src/gateway/config/config.js';
import { createGateway, targetsOf, type Gateway, type Log } from '../../src/gateway/gateway.js';
import type { AccessRequest } from '../../src/gateway/session.js';
import { createPostgresTargets } from '../../src/targets/postgres/kind.js';

/** Methods may be passed around. */
export interface Running {
  readonly admit: (request: AccessRequest) => Promise<SqlAdmission>;
  readonly close: () => void;
  readonly sessions: Gateway['sessions'];
}

export async function runGateway(
  config: GatewayConfig,
  log: Log,
): Promise<{ readonly all: Gateway; readonly running: Running }> {
  const clock = (): Date => new Date();
  const targets = targetsOf(config, 'postgres');
  const kind = await createPostgresTargets({
    ...{ targets, log, clock, stream: targetStream },
    tell: () => undefined,
  });
  const all = await createGateway(config, log, [kind]);
  const running: Running = {
    sessions: all.sessions,
    close: () => all.close(),
    admit: async (request) => {
      const admission = await all.admit(request, kind);
      if (admission.kind !== 'admitted') return admission;
      return { kind: 'admitted', session: openSqlSession(admission.session, admission.access) };
    },
  };
  return { all, running };
}
