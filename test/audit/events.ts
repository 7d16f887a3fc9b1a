/** A small session, as the gateway would record it. */
import type { CommandDecided, CommandResult, SessionClosed, SessionOpened } from '../../src/audit/event.js';
import type { Decision } from '../../src/engine/decision.js';

export const opened: SessionOpened = {
  kind: 'opened',
  version: 2,
  session: '0c4f6f0e-6d8a-4b39-9f1a-0e6f1f4a2b11',
  protocol: 'postgres',
  identity: {
    subject: 'ci-test',
    issuer: 'https://issuer.example',
    kind: 'service',
    name: 'ci-test',
    groups: ['ci-test'],
    claims: { sub: 'ci-test', nested: { __proto__: null } },
    expiresAt: '2026-11-21T09:00:00.000Z',
  },
  target: { name: 'orders', type: 'postgres', database: 'orders', labels: { env: 'prod' } },
  client: { address: '127.0.0.1', port: 5000, application: 'psql' },
};

const decision: Decision = {
  effect: 'deny',
  rules: [{ id: 'ci.orders.drop', effect: 'deny', file: 'a.rules', line: 3, reasons: ['never'] }],
  unknowns: [],
  reasons: ['never'],
  reviews: [],
  masks: [],
  limits: {},
  shadows: [],
  revision: 'r1',
};

export const command: CommandDecided = {
  kind: 'command',
  command: 1,
  phase: 'query',
  text: 'DROP TABLE "ordérs"; -- \u2028 \ud83d\ude00 \n\t\0',
  context: { transaction: 'idle', searchPath: ['public'] },
  factsDigest: 'f'.repeat(64),
  decision,
  forwarded: false,
};

export const result: CommandResult = {
  kind: 'result',
  command: 1,
  outcome: 'completed',
  bytes: 20,
  milliseconds: 1.25,
  detail: { tags: ['SELECT 1'], rows: 1, columns: ['a', 'b'], sample: [['x', null]] },
};

export const closed: SessionClosed = { kind: 'closed', reason: 'client', commands: 1 };
