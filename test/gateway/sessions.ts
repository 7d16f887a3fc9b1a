/** Sessions for tests, over rules that are written there: the gateway's own engine, extractor and record. */
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderDiagnostic } from '../../grammar/diagnostic.js';
import { parseModule } from '../../grammar/parser.js';
import { noChange } from '../../src/facts/sql/catalogue/schema-change.js';
import type { AuditEvent } from '../../src/audit/event.js';
import { ReadDecisions } from '../../src/audit/known-decisions.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import type { Policy } from '../../src/engine/policy.js';
import { fromJson, type ValueObject } from '../../src/values/value.js';
import { factBuiltins } from '../../src/protocols/list.js';
import { factSchema } from '../../src/facts/schema/index.js';
import type { Catalogue } from '../../src/facts/sql/catalogue/catalogue.js';
import { AnalysisCache } from '../../src/facts/sql/cache/analysis-cache.js';
import { effectiveRules } from '../../src/config/lifetime.js';
import { openSession, type SessionParts } from '../../src/gateway/open-session.js';
import { openSqlSession, type SqlCommand, type SqlSession } from '../../proxy/postgres/state/sql-session.js';
import type { PostgresAccess } from '../../src/targets/postgres/kind.js';
import type { Identity } from '../../src/identity/identity.js';

export const catalogue: Catalogue = {
  searchPath: ['public'],
  functions: [],
  relations: [
    {
      schema: 'public',
      name: 'customers',
      oid: 1001,
      kind: 'table',
      columns: [
        { name: 'id', number: 1, type: 'integer' },
        { name: 'email', number: 2, type: 'text' },
      ],
    },
    {
      schema: 'public',
      name: 'orders',
      oid: 1002,
      kind: 'table',
      columns: [{ name: 'id', number: 1, type: 'integer' }],
    },
  ],
};

export const identity: Identity = {
  subject: 'ci-test',
  issuer: 'https://issuer.example',
  kind: 'service',
  name: 'ci-test',
  groups: ['ci-test'],
  claims: fromJson({ sub: 'ci-test', repository: 'shop/orders' }) as ValueObject,
  expiresAt: new Date('2026-11-21T09:00:00Z'),
};

export function policyOf(text: string): Policy {
  const parsed = parseModule('test.rules', text);
  const modules = parsed.module === null ? [] : [parsed.module];
  const data = fromJson({}) as ValueObject;
  const compiled = compilePolicy(
    { modules, data, revision: 'test' },
    { schema: factSchema, builtins: factBuiltins },
  );
  const problems = [...parsed.diagnostics, ...compiled.diagnostics].filter(
    ({ severity }) => severity === 'error',
  );
  if (compiled.policy === null || problems.length > 0)
    throw new Error(problems.map(renderDiagnostic).join('\n'));
  return compiled.policy;
}

export interface TestSession {
  readonly session: SqlSession;
  readonly failures: unknown[];
  /** What the clock shows; a test moves it. */
  now: Date;
  events(): AuditEvent[];
  command(
    text: string,
    changes?: Partial<SqlCommand> & { readonly parameters?: SqlCommand['context']['parameters'] },
  ): SqlCommand;
}

export function openTestSession(
  policy: Policy,
  changes: Partial<SessionParts & PostgresAccess> = {},
): TestSession {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-session-'));
  const failures: unknown[] = [];
  const state = { now: new Date('2026-11-21T08:00:00Z') };
  const neutral = openSession({
    request: {
      protocol: 'postgres',
      target: 'orders',
      user: 'ci',
      token: 'a token that is in no record',
      client: { address: '127.0.0.1', port: 5000, application: 'psql' },
    },
    identity,
    target: {
      name: 'orders',
      type: 'postgres',
      sessions: {},
      labels: { env: 'prod' },
    },
    database: 'shop',
    rules: effectiveRules({}, {}, {}),
    log: { folder, sync: 'write' },
    open: { add: () => undefined, remove: () => undefined },
    reviews: null,
    tell: () => undefined,
    sample: { rows: 3, bytes: 100 },
    commandBytesMax: 1024 * 1024,
    clock: () => state.now,
    policy: () => policy,
    ended: () => undefined,
    failed: (_, error) => failures.push(error),
    ...changes,
  });
  const session = openSqlSession(neutral, {
    sessionState: 'fixed',
    upstream: {
      host: 'db.internal',
      port: 5432,
      database: 'shop',
      user: 'app',
      password: 'a target password',
      tls: { kind: 'off' },
    },
    catalogues: {
      current: () => catalogue,
      change: () => undefined,
      changing: () => noChange,
      settled: () => null,
      renew: () => null,
      reread: () => Promise.resolve(true),
      readNamed: () => Promise.resolve(null),
      outdate: () => undefined,
      ready: () => Promise.resolve(),
    },
    analyses: new AnalysisCache(),
    renewLogin: () => Promise.resolve(null),
    confirmDatabase: () => null,
    schemaChanged: () => undefined,
    ...changes,
  });
  return Object.assign(state, {
    session,
    failures,
    events: () => eventsIn(folder),
    command: (
      text: string,
      { parameters = [], ...more }: Parameters<TestSession['command']>[1] = {},
    ): SqlCommand => {
      const context = {
        searchPath: ['public'],
        prepared: new Map<string, string>(),
        transaction: 'idle',
        parameters,
      } as const;
      return { phase: 'query', text, context, analysis: session.analyse(text, context), ...more };
    },
  });
}

/** The events of every record below a folder, in no particular order of files. */
export function eventsIn(folder: string): AuditEvent[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.jsonl'),
  );
  return files.flatMap((name) => {
    const decisions = new ReadDecisions();
    const lines = readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => resolved(JSON.parse(line) as AuditEvent, decisions));
  });
}

function resolved(event: AuditEvent, decisions: ReadDecisions): AuditEvent {
  if (event.kind !== 'command') return event;
  const decision = decisions.resolve(event.decision) as typeof event.decision;
  if (decision === event.decision) decisions.read(event.command, decision);
  return { ...event, decision };
}
