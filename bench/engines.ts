/** The same plain rules in every engine: each reads them in its own language and answers the same requests. */
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { newEnforcer, newModelFromString } from 'casbin';
import { parseModule } from '../grammar/parser.js';
import { decideIn, newContext, prepare, type Runnable } from '../src/engine/compile/compile.js';
import { interpretDecision } from '../src/engine/interpret/interpret.js';
import type { Facts } from '../src/engine/policy.js';
import { ValueSet } from '../src/values/value.js';
import { factBuiltins } from '../src/protocols/list.js';
import { commandFacts, sessionFacts } from '../src/facts/command.js';
import { factSchema } from '../src/facts/schema/index.js';
import { deriveSql } from '../src/facts/sql/derive.js';
import type { PlainRequest, PlainRule } from './plain-rules.js';

export interface Engine {
  readonly name: string;
  /** One question for each request, made ready as far as the engine lets it be: whether it is allowed. */
  readonly load: (
    rules: readonly PlainRule[],
    requests: readonly PlainRequest[],
  ) => Promise<readonly (() => boolean)[]>;
}

export const engines: readonly Engine[] = [
  { name: 'Sallyport', load: (rules, requests) => Promise.resolve(loadOurs(rules, requests, decideIn)) },
  {
    name: 'its tree walk',
    load: (rules, requests) => Promise.resolve(loadOurs(rules, requests, interpretDecision)),
  },
  {
    name: `Cedar ${cedar.getCedarVersion()} (WebAssembly)`,
    load: (rules, requests) => Promise.resolve(loadCedar(rules, requests)),
  },
  { name: 'casbin', load: loadCasbin },
];

function loadOurs(
  rules: readonly PlainRule[],
  requests: readonly PlainRequest[],
  decide: typeof decideIn,
): (() => boolean)[] {
  const runnable = prepareOurs(rules);
  return requests.map((request) => {
    const facts = factsOf(request);
    return () => decide(runnable, newContext(runnable, facts)).effect === 'allow';
  });
}

/** A package for each target. */
export function prepareOurs(rules: readonly PlainRule[]): Runnable {
  const targets = [...new Set(rules.map(({ target }) => target))];
  const byTarget = new Map(targets.map((target) => [target, [] as PlainRule[]]));
  for (const rule of rules) byTarget.get(rule.target)!.push(rule);
  const modules = [...byTarget].map(([target, own]) => {
    const text = `package bench.${target}\n\napplies if target.name == "${target}"\n\n${own.map(written).join('\n')}\n`;
    const parsed = parseModule(`bench/${target}.rules`, text);
    if (parsed.module === null) throw new Error(JSON.stringify(parsed.diagnostics));
    return parsed.module;
  });
  const host = { schema: factSchema, builtins: factBuiltins };
  const { runnable, diagnostics } = prepare({ modules, data: {}, revision: 'bench' }, host, false);
  if (runnable === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return runnable;
}

function written({ effect, group, verb, table }: PlainRule, i: number): string {
  const conditions = [
    ...(group === null ? [] : [`"${group}" in identity.groups`]),
    ...(verb === null ? [] : ['some s in sql.statements', `s.verb == "${verb}"`]),
    ...(table === null ? [] : ['some t in s.tables', `t.name == "${table}"`]),
  ];
  const head = effect === 'deny' ? `deny rule${i} "no"` : `allow rule${i}`;
  return `${head} if {\n  ${conditions.join('\n  ')}\n}`;
}

function factsOf({ target, group, verb, table }: PlainRequest): Facts {
  const text =
    verb === 'select' ? `SELECT id FROM ${table} WHERE id = 7` : `DELETE FROM ${table} WHERE id = 7`;
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
      groups: [group],
      claims: { groups: ValueSet.of([group]) },
    },
    target: { name: target, type: 'postgres', database: 'shop', labels: { env: 'prod' } },
    client: { address: '127.0.0.1', application: 'bench' },
    started: new Date(0),
  });
  return commandFacts(
    session,
    { protocol: 'postgres', text, phase: 'query', roots: { sql: analysis.sql } },
    new Date(0),
  );
}

let policySets = 0;

/** The policies are parsed beforehand; the entities of a request are part of the call. */
function loadCedar(rules: readonly PlainRule[], requests: readonly PlainRequest[]): (() => boolean)[] {
  const id = `bench${policySets++}`;
  const parsed = cedar.preparsePolicySet(id, { staticPolicies: rules.map(cedarPolicy).join('\n') });
  if (parsed.type === 'failure') throw new Error(JSON.stringify(parsed.errors));
  return requests.map(({ target, group, verb, table }) => {
    const principal = { type: 'User', id: 'ci' };
    const call: cedar.StatefulAuthorizationCall = {
      principal,
      action: { type: 'Action', id: verb },
      resource: { type: 'Target', id: target },
      context: { table },
      preparsedPolicySetId: id,
      entities: [
        { uid: principal, attrs: {}, parents: [{ type: 'Group', id: group }] },
        { uid: { type: 'Target', id: target }, attrs: {}, parents: [] },
      ],
    };
    return () => {
      const answer = cedar.statefulIsAuthorized(call);
      if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
      return answer.response.decision === 'allow';
    };
  });
}

function cedarPolicy({ effect, target, group, verb, table }: PlainRule): string {
  const who = group === null ? 'principal' : `principal in Group::"${group}"`;
  const what = verb === null ? 'action' : `action == Action::"${verb}"`;
  const when = table === null ? '' : ` when { context.table == "${table}" }`;
  return `${effect === 'allow' ? 'permit' : 'forbid'}(${who}, ${what}, resource == Target::"${target}")${when};`;
}

const casbinModel = `
[request_definition]
r = group, target, verb, table
[policy_definition]
p = group, target, verb, table, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.target == p.target && (p.group == '*' || r.group == p.group) && (p.verb == '*' || r.verb == p.verb) && (p.table == '*' || r.table == p.table)
`;

async function loadCasbin(
  rules: readonly PlainRule[],
  requests: readonly PlainRequest[],
): Promise<(() => boolean)[]> {
  const enforcer = await newEnforcer(newModelFromString(casbinModel));
  await enforcer.addPolicies(
    rules.map(({ effect, target, group, verb, table }) => [
      group ?? '*',
      target,
      verb ?? '*',
      table ?? '*',
      effect,
    ]),
  );
  return requests.map(
    ({ group, target, verb, table }) =>
      () =>
        enforcer.enforceSync(group, target, verb, table),
  );
}
