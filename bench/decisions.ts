/** How many decisions a second, and how that depends on the number of rules. */
import { parseModule } from '../grammar/parser.js';
import { compilePolicy } from '../src/engine/compile/compile.js';
import type { Facts, Policy } from '../src/engine/policy.js';
import { ValueSet } from '../src/values/value.js';
import { factBuiltins } from '../src/protocols/list.js';
import { commandFacts, sessionFacts } from '../src/facts/command.js';
import { factSchema } from '../src/facts/schema/index.js';
import { deriveSql } from '../src/facts/sql/derive.js';
import { median, significant, timePerCall } from './statistics.js';

const sizes = [10, 100, 1_000, 10_000] as const;
const text = 'SELECT id, status FROM orders WHERE id = 7';

export function measureDecisions(
  rounds: number,
  milliseconds: number,
  progress: (what: string) => void,
): readonly string[] {
  const facts = someFacts();
  const contests = sizes.flatMap((size) =>
    (['elsewhere', 'here'] as const).map((where) => {
      progress(`compiling ${size} rules`);
      return { size, where, policy: compile(size, where), times: [] as number[] };
    }),
  );
  for (let round = 0; round <= rounds; round++) {
    for (const { size, policy, times } of contests) {
      progress(`deciding by ${size} rules, round ${round} of ${rounds}`);
      const time = timePerCall(() => policy.decide(facts), milliseconds);
      if (round > 0) times.push(time);
    }
  }
  const rate = (size: number, where: string): string =>
    significant(1e6 / median(contests.find((one) => one.size === size && one.where === where)!.times));
  return [
    '| rules | decisions/s, the others about other targets | decisions/s, all about this one |',
    '| --- | --- | --- |',
    ...sizes.map((size) => `| ${significant(size)} | ${rate(size, 'elsewhere')} | ${rate(size, 'here')} |`),
  ];
}

/** Ten rules a package. `elsewhere`: each package is about a target of its own, and one of them about the one decided. */
function compile(size: number, where: 'elsewhere' | 'here'): Policy {
  const modules = Array.from({ length: size / 10 }, (_, i) => {
    const target = where === 'here' || i === 0 ? 'orders' : `target${i}`;
    const parsed = parseModule(`bench/p${i}.rules`, packageOf(i, target));
    if (parsed.module === null) throw new Error(JSON.stringify(parsed.diagnostics));
    return parsed.module;
  });
  const host = { schema: factSchema, builtins: factBuiltins, budget: 100_000_000 };
  const { policy, diagnostics } = compilePolicy({ modules, data: {}, revision: 'bench' }, host);
  if (policy === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return policy;
}

function packageOf(i: number, target: string): string {
  const denials = Array.from(
    { length: 6 },
    (_, n) => `
deny table_${n} $"{s.verb} of {t.name}" if {
  some s in sql.statements
  some t in s.tables
  t.access == "write"
  t.name == "table_${i}_${n}"
}`,
  );
  return `package bench.p${i}

applies if {
  target.name == "${target}"
  "ci-test" in identity.groups
}

allow reads if sql.read_only
${denials.join('\n')}

deny bulk "no WHERE" if {
  some s in sql.statements
  s.verb in {"update", "delete"}
  not s.has_where
}

review schema "schema change" by {"dba"} if "schema" in sql.effects

mask pii column "customers.email" with hash unless "pii-reader" in identity.groups
`;
}

function someFacts(): Facts {
  const analysis = deriveSql(text, {
    catalogue: null,
    searchPath: ['public'],
    prepared: new Map(),
    transaction: 'idle',
    parameters: [],
  });
  const session = sessionFacts({
    id: 'bench',
    identity: {
      subject: 'repo:shop/orders',
      issuer: 'https://issuer.example',
      kind: 'service',
      name: 'repo:shop/orders',
      groups: ['ci-test'],
      claims: { groups: ValueSet.of(['ci-test']) },
    },
    target: { name: 'orders', type: 'postgres', database: 'shop', labels: { env: 'prod' } },
    client: { address: '127.0.0.1', application: 'bench' },
    started: new Date(0),
  });
  return commandFacts(
    session,
    { protocol: 'postgres', text, phase: 'query', roots: { sql: analysis.sql } },
    new Date(0),
  );
}
