/** The first of a case's two runs: facts, rules and masks alone, as the guard puts them together. No server, no protocol. */
import { readFileSync } from 'node:fs';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import type { Policy } from '../../src/engine/policy.js';
import type { ValueObject } from '../../src/values/value.js';
import { factBuiltins } from '../../src/protocols/list.js';
import { sessionFacts } from '../../src/facts/command.js';
import { factSchema } from '../../src/facts/schema/index.js';
import type { Catalogue } from '../../src/facts/sql/catalogue/catalogue.js';
import { deriveSql } from '../../src/facts/sql/derive.js';
import { decide } from '../../src/gateway/guard.js';
import { KnownVerdicts } from '../../src/gateway/known-verdicts.js';
import { SqlMeaning } from '../../src/protocols/sql/meaning.js';
import { parseModule } from '../../grammar/parser.js';
import type { Case, Verdict } from './case.js';

export const RULES = readFileSync('test/adversarial/corpus.rules', 'utf8');

/** A session of its own for each call; it decides one text after another. */
export type Decide = (group: Case['as']) => (text: string) => Verdict;

export function engineOver(catalogue: Catalogue): Decide {
  const policy = compiled();
  return (group) => {
    const prepared = new Map<string, string>();
    const cursors = new Map<string, string>();
    const facts = factsOf(group);
    return (text) => {
      const { searchPath } = catalogue;
      const context = {
        catalogue,
        searchPath,
        prepared,
        cursors,
        transaction: 'idle' as const,
        parameters: [],
      };
      const analysis = deriveSql(text, context);
      const known = new KnownVerdicts();
      const session = {
        ...{ protocol: 'postgres', facts, policy, known },
        ...{ now: new Date(), next: 1, record: () => undefined },
      };
      const meaning = new SqlMeaning({ text, analysis, catalogue });
      const { verdict } = decide(session, { phase: 'query', text, meaning, context: () => ({}) });
      if (verdict.kind !== 'forward') return 'blocked';
      for (const change of analysis.statements.flatMap((statement) => statement.session)) {
        if (change.kind === 'prepare') prepared.set(change.name, change.text);
        if (change.kind === 'declare-cursor') cursors.set(change.name, change.text);
      }
      return verdict.plan.masks.some(({ kind }) => kind === 'mask') ? 'masked' : 'allowed';
    };
  };
}

function compiled(): Policy {
  const { module, diagnostics } = parseModule('corpus.rules', RULES);
  const data: ValueObject = {};
  const source = { modules: module === null ? [] : [module], data, revision: 'corpus' };
  const result = compilePolicy(source, { schema: factSchema, builtins: factBuiltins });
  if (result.policy === null) throw new Error(JSON.stringify([...diagnostics, ...result.diagnostics]));
  return result.policy;
}

function factsOf(group: string): ReturnType<typeof sessionFacts> {
  const name = group;
  return sessionFacts({
    id: 'a session',
    identity: {
      subject: name,
      issuer: 'https://issuer.example',
      kind: 'service',
      name,
      groups: [group],
      claims: {},
    },
    target: { name: 'orders', type: 'postgres', database: 'shop', labels: { env: 'prod' } },
    client: { address: '127.0.0.1', application: 'corpus' },
    started: new Date(),
  });
}
