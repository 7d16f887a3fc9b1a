/** Rule sets, facts and schemas as the engine's tests write them. */
import { parseModule } from '../../grammar/parser.js';
import { renderDiagnostic, type Diagnostic } from '../../grammar/diagnostic.js';
import type { Module } from '../../grammar/ast.js';
import { engineBuiltins } from '../../src/engine/builtins/catalogue.js';
import { check } from '../../src/engine/check/check.js';
import { assemble, compilePolicy, type Runnable } from '../../src/engine/compile/compile.js';
import { resolve } from '../../src/engine/resolve/resolve.js';
import type { EngineHost, Policy, TargetColumns } from '../../src/engine/policy.js';
import {
  arrayOf,
  boolean,
  field,
  json,
  mapOf,
  number,
  object,
  oneOf,
  optional,
  setOf,
  text,
  type FactSchema,
} from '../../src/values/schema.js';
import { Unknown, ValueSet, type Value, type ValueObject } from '../../src/values/value.js';

const table = object({
  name: field(text, 'The name.'),
  access: field(oneOf('read', 'write', 'filter'), 'What is done with it.'),
});
const statement = object({
  verb: field(oneOf('select', 'insert', 'update', 'delete', 'drop', 'truncate', 'alter'), 'The verb.'),
  has_where: field(boolean, 'Whether there is a WHERE.'),
  effects: field(setOf(oneOf('read', 'write', 'schema')), 'What it does.'),
  tables: field(arrayOf(table), 'What it touches.'),
  limit: optional(number, 'The number of LIMIT.'),
});

/** A schema like the gateway's, and small. */
export const schema: FactSchema = {
  detectors: { credit_card: 'A card number.', email: 'An address.' },
  roots: {
    identity: field(
      object({
        name: field(text, 'The name.'),
        groups: field(setOf(text), 'The groups.'),
        claims: field(json, 'The claims.'),
      }),
      'Who.',
    ),
    target: field(
      object({
        name: field(text, 'The name.'),
        type: field(oneOf('postgres', 'http'), 'The protocol.'),
        labels: field(mapOf(text), 'The labels.'),
      }),
      'Where.',
    ),
    command: field(object({ protocol: field(oneOf('postgres', 'http'), 'The protocol.') }), 'What.'),
    now: field(number, 'When.'),
    sql: {
      ...field(
        object({
          read_only: field(boolean, 'Whether nothing is written.'),
          statements: field(arrayOf(statement), 'The statements.'),
        }),
        'The SQL.',
      ),
      targets: ['postgres'],
    },
    http: { ...field(object({ method: field(text, 'The method.') }), 'The request.'), targets: ['http'] },
  },
};

export const host: EngineHost = { schema, builtins: [] };

/** Parses what must parse. */
export function parse(rules: string, path = 'test.rules'): Module {
  const { module, diagnostics } = parseModule(path, rules);
  if (module === null || diagnostics.length > 0)
    throw new Error(diagnostics.map(renderDiagnostic).join('\n'));
  return module;
}

/** `orders` are the columns of the target `orders`, where its catalogue is at hand. */
export function diagnose(
  rules: readonly string[],
  data: ValueObject = {},
  orders?: TargetColumns['columns'],
): readonly Diagnostic[] {
  const modules = rules.map((one, i) => parse(one, `file${i}.rules`));
  const columns = orders === undefined ? [] : [{ target: 'orders', columns: orders }];
  return compilePolicy({ modules, data, revision: 'test', columns }, host).diagnostics;
}

/** Compiles what must compile. */
export function compile(
  rules: string | readonly string[],
  data: ValueObject = {},
  on: EngineHost = host,
): Policy {
  const modules = [rules].flat().map((one, i) => parse(one, `file${i}_test.rules`));
  const { policy, diagnostics } = compilePolicy({ modules, data, revision: 'test' }, on);
  if (policy === null) throw new Error(diagnostics.map(renderDiagnostic).join('\n'));
  return policy;
}

/**
 * Random rules made to run, whatever the checker thinks of them: most of them contradict themselves somewhere. Their
 * names must mean something.
 */
export function assembleRandom(rules: string | readonly Module[], tracing = false): Runnable {
  const modules = typeof rules === 'string' ? [parse(rules)] : rules;
  const source = { modules, data: {}, revision: 'r' };
  const resolved = resolve(source.modules, source.data, schema, engineBuiltins);
  if (resolved.diagnostics.length > 0) throw new Error(resolved.diagnostics.map(renderDiagnostic).join('\n'));
  check(resolved.program, resolved.world);
  return assemble(resolved, source, host, tracing);
}

export interface StatementFacts {
  readonly verb: Value;
  readonly has_where?: Value;
  readonly effects?: Value;
  readonly tables?: Value;
}

/** Whole facts of a command on a PostgreSQL target; what is given stands over them. */
export function factsOf(given: {
  readonly statements?: readonly StatementFacts[] | Unknown;
  readonly groups?: readonly string[];
  readonly labels?: ValueObject;
  readonly target?: string;
}): ValueObject {
  const statements =
    given.statements instanceof Unknown
      ? given.statements
      : (given.statements ?? []).map((one) => ({
          has_where: false,
          effects: ValueSet.of(['read']),
          tables: [],
          ...one,
        }));
  return {
    identity: { name: 'ci', groups: ValueSet.of(given.groups ?? []), claims: {} },
    target: { name: given.target ?? 'orders', type: 'postgres', labels: given.labels ?? {} },
    command: { protocol: 'postgres' },
    now: 1_700_000_000_000_000_000n,
    sql: { read_only: statements instanceof Unknown ? statements : true, statements },
  };
}
