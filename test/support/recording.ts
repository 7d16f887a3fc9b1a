/** Recordings for tests, written by the gateway's own guard and log: the decisions in them are real. */
import { SessionLog } from '../../src/audit/log.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import type { Policy } from '../../src/engine/policy.js';
import { factBuiltins } from '../../src/protocols/list.js';
import { sessionFacts } from '../../src/facts/command.js';
import { factSchema } from '../../src/facts/schema/index.js';
import type { Catalogue } from '../../src/facts/sql/catalogue/catalogue.js';
import { parseCatalogue } from '../../src/facts/sql/catalogue/file.js';
import { deriveSql } from '../../src/facts/sql/derive.js';
import { KnownVerdicts } from '../../src/gateway/known-verdicts.js';
import { decide } from '../../src/gateway/guard.js';
import { recordedContext } from '../../src/protocols/sql/context.js';
import { needsCatalogue, SqlMeaning } from '../../src/protocols/sql/meaning.js';
import { parseModule } from '../../grammar/parser.js';
import { fromJson } from '../../src/values/value.js';

/** What the target of every script contains. */
export const shop: Catalogue = parseCatalogue({
  relations: [
    { name: 'customers', columns: ['id', 'name', 'email', 'card_number', 'phone'] },
    { name: 'orders', columns: ['id', 'customer_id', 'status'] },
  ],
});

export interface SessionScript {
  readonly session: string;
  /** The rules in force then. */
  readonly rules: string;
  readonly subject: string;
  readonly groups: readonly string[];
  readonly target: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly commands: readonly string[];
  /** As if the target's catalogue could not be read then. */
  readonly blind?: boolean;
}

export function policyOf(...texts: readonly string[]): Policy {
  const modules = texts.map((text, index) => parseModule(`${index}.rules`, text).module!);
  const source = { modules, data: {}, revision: 'then' };
  const { policy, diagnostics } = compilePolicy(source, { schema: factSchema, builtins: factBuiltins });
  if (policy === null) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return policy;
}

/** Every session begins at the same moment, a second before its first command. Gives the file. */
export function record(folder: string, script: SessionScript): string {
  const policy = policyOf(script.rules);
  const started = new Date('2026-01-02T03:04:05Z');
  const { session, subject, groups } = script;
  const target = { name: script.target, type: 'postgres', database: 'shop', labels: script.labels ?? {} };
  const client = { address: '127.0.0.1', port: 5000, application: 'psql' };
  const claims = { sub: subject };
  const identity = { subject, issuer: 'https://ci.example', kind: 'service' as const, name: subject, groups };
  const log = new SessionLog({ folder, sync: 'write' }, session, started);
  log.append(
    {
      kind: 'opened',
      version: 2,
      session,
      protocol: 'postgres',
      identity: { ...identity, claims, expiresAt: '2026-01-02T04:04:05.000Z' },
      target,
      client,
    },
    started,
  );
  const facts = sessionFacts({
    id: session,
    identity: { ...identity, claims: fromJson(claims) },
    target,
    client,
    started,
  });
  const context = {
    searchPath: ['public'],
    prepared: new Map<string, string>(),
    transaction: 'idle' as const,
    parameters: null,
  };
  for (const [index, text] of script.commands.entries()) {
    const now = new Date(started.getTime() + (index + 1) * 1000);
    const analysis = deriveSql(text, { ...context, catalogue: shop });
    const command = index + 1;
    const catalogue = script.blind === true ? null : shop;
    decide(
      {
        protocol: 'postgres',
        facts,
        policy,
        now,
        known: new KnownVerdicts(),
        next: command,
        record: (event) => log.append(event, now),
      },
      {
        phase: 'query',
        text,
        meaning: new SqlMeaning({ text, analysis, catalogue }),
        context: () => recordedContext(text, context, false, undefined),
        objection: catalogue === null ? (needsCatalogue(analysis) ?? undefined) : undefined,
      },
    );
  }
  log.append(
    { kind: 'closed', reason: 'client', commands: script.commands.length },
    new Date('2026-01-02T03:05:05Z'),
  );
  log.close();
  return log.path;
}
