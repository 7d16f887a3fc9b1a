/**
 * What a database does beside what a statement says: triggers, rules, row security, foreign keys, casts, domains, operator
 * classes, event triggers.
 *
 * Which functions an expression calls is read from `pg_depend` and, for built-in functions, which it leaves out, from the stored
 * expression itself. Neither costs a lock, and nothing is parsed. `test/gateway/implicit-code.test.ts` walks the server's catalogues for
 * places that are missing here.
 */
import { DatabaseError } from 'pg';
import type { Behaviour, Cast, QualifiedName } from '../../facts/sql/catalogue/catalogue.js';
import type { Nameless } from '../../facts/sql/catalogue/delta.js';
import { toBehaviours, type BehaviourRows, type Calling, type RuleRow } from './behaviour-rows.js';
import { schemaOf } from './functions.js';
import { rowsOf, type Querier } from './querier.js';

/** Of `pg_proc` rows `f`: those that somebody wrote, and not in C. */
const WRITTEN = `f.oid >= 16384`;
const NAME = `pg_catalog.json_build_object('schema', fn.nspname, 'name', f.proname)`;
const FUNCTION = `JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace`;

/** Built-in functions `f` that do more than compute, or may; not those that defaults call every day. */
const STATEFUL = `f.oid < 16384 AND (f.provolatile = 'v' OR f.proname ~ '^((query|table|schema|database|cursor)_to_xml.*|ts_stat|ts_rewrite|pg_stat_get_.*activity)$')
  AND f.proname <> ALL ('{nextval,random,random_normal,clock_timestamp,timeofday,gen_random_uuid,uuidv4,uuidv7}'::pg_catalog.name[])`;

/**
 * The same that a stored expression calls; of an operator it has the function, too. OFFSET 0 has each looked up by its oid, which
 * is far less than to look through all of them once.
 */
const inTree = (tree: string): string => `
  SELECT f.oid FROM pg_catalog.regexp_matches(${tree}::pg_catalog.text, ':(?:funcid|opfuncid|aggfnoid|winfnoid) ([0-9]+)', 'g') AS m (n)
    CROSS JOIN LATERAL (SELECT f.oid FROM pg_catalog.pg_proc f WHERE f.oid = m.n[1]::pg_catalog.oid AND ${STATEFUL} OFFSET 0) f`;

/** Relations with a stored expression that calls one: each expression is looked through once. */
const functionsOf = (relation: string, catalogue: string, tree: string): string => `
  SELECT s.${relation}, m.n[1]::pg_catalog.oid FROM pg_catalog.${catalogue} s
    CROSS JOIN LATERAL pg_catalog.regexp_matches(s.${tree}::pg_catalog.text, ':funcid ([0-9]+)', 'g') AS m (n)`;
const STATEFUL_CALLS = `
  stateful (relation) AS MATERIALIZED (
    SELECT DISTINCT stored.relation FROM (${functionsOf('adrelid', 'pg_attrdef', 'adbin')}
      UNION ALL ${functionsOf('conrelid', 'pg_constraint', 'conbin')} UNION ALL ${functionsOf('indrelid', 'pg_index', 'indpred')}) AS stored (relation, function)
     WHERE stored.function IN (SELECT f.oid FROM pg_catalog.pg_proc f WHERE ${STATEFUL}))`;

/** Functions that an object refers to, operators by what they call; those that its expressions call of the server's own. */
const calledBy = (catalogue: string, object: string, ...trees: readonly string[]): string =>
  calledIn(
    `'pg_catalog.${catalogue}'::pg_catalog.regclass`,
    object,
    trees.length === 0 ? null : `pg_catalog.concat(${trees.join(', ')})`,
  );

/** The same with the catalogue's oid, and all trees in one text. */
const calledIn = (catalogue: string, object: string, tree: string | null): string => `
  ${tree === null ? '' : `${inTree(tree)} UNION`}
  SELECT f.oid FROM pg_catalog.pg_depend d
    LEFT JOIN pg_catalog.pg_operator o ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
    JOIN pg_catalog.pg_proc f ON f.oid = CASE d.refclassid WHEN 'pg_catalog.pg_proc'::pg_catalog.regclass THEN d.refobjid ELSE o.oprcode END
   WHERE d.classid = ${catalogue} AND d.objid = ${object} AND ${WRITTEN}`;

const listOf = (functions: string): string => `
  (SELECT pg_catalog.json_agg(${NAME} ORDER BY f.oid) FROM pg_catalog.pg_proc f ${FUNCTION} WHERE f.oid IN (${functions}))`;

const OF_RELATION = `${schemaOf('n')} AS schema, c.relname AS name`;
const RELATION = `JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`;

/** `c` is a relation, of those that the condition picks. */
const triggers = (of: string): string => `
  SELECT ${OF_RELATION}, t.tgtype::int AS type, ${listOf(`SELECT t.tgfoid UNION ${calledBy('pg_trigger', 't.oid', 't.tgqual')}`)} AS calls
    FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid ${RELATION}
   WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND ${of} ORDER BY t.oid`;

const rules = (of: string, definition = 'NULL'): string => `
  SELECT ${OF_RELATION}, r.oid::pg_catalog.int8 AS oid, ${definition} AS definition
    FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class ${RELATION}
   WHERE r.rulename <> '_RETURN' AND r.ev_enabled <> 'D' AND r.oid >= 16384 AND ${of} ORDER BY r.oid`;

const RULE_DEFINITION = 'SELECT pg_catalog.pg_get_ruledef($1::pg_catalog.oid) AS definition';

/**
 * All that a relation computes when it is written, by the catalogue and the oid that `pg_depend` has it by: one query looks
 * through all kinds, because planning a query for each takes longer than all else.
 */
const COMPUTED = `
  SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, s.oid, pg_catalog.concat(s.adbin) FROM pg_catalog.pg_attrdef s WHERE s.adrelid = c.oid
  UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, s.oid, pg_catalog.concat(s.conbin) FROM pg_catalog.pg_constraint s WHERE s.conrelid = c.oid
  UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, s.indexrelid, pg_catalog.concat(s.indexprs, s.indpred) FROM pg_catalog.pg_index s WHERE s.indrelid = c.oid
  UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid, pg_catalog.concat(s.stxexprs) FROM pg_catalog.pg_statistic_ext s WHERE s.stxrelid = c.oid
  UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, s.partrelid, pg_catalog.concat(s.partexprs) FROM pg_catalog.pg_partitioned_table s WHERE s.partrelid = c.oid`;

/** OFFSET 0 keeps the inner query from being planned once for its list and once for the condition on it. */
const writes = (of: string): string => `
  SELECT * FROM (
    SELECT ${OF_RELATION}, ${listOf(`
      SELECT a.oid FROM (${COMPUTED}) AS s (catalogue, object, tree) CROSS JOIN LATERAL (${calledIn('s.catalogue', 's.object', 's.tree')}) a`)} AS calls
      FROM pg_catalog.pg_class c ${RELATION}
     WHERE ${of} OFFSET 0) AS found
   WHERE calls IS NOT NULL`;

const CALLING = `c.oid IN (
       SELECT s.adrelid FROM pg_catalog.pg_attrdef s JOIN called ON called.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND called.objid = s.oid
       UNION SELECT s.conrelid FROM pg_catalog.pg_constraint s JOIN called ON called.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND called.objid = s.oid
       UNION SELECT s.indrelid FROM pg_catalog.pg_index s JOIN called ON called.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND called.objid = s.indexrelid
       UNION SELECT s.stxrelid FROM pg_catalog.pg_statistic_ext s JOIN called ON called.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND called.objid = s.oid
       UNION SELECT s.partrelid FROM pg_catalog.pg_partitioned_table s JOIN called ON called.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND called.objid = s.partrelid
       UNION SELECT relation FROM stateful)`;

/** Only objects that refer to a function or an operator of somebody's are looked at, and expressions over the server's own. */
const WITH_CALLED = `
  WITH ${STATEFUL_CALLS}, called AS MATERIALIZED (
    SELECT DISTINCT d.classid, d.objid FROM pg_catalog.pg_depend d
     WHERE d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass))`;

const policies = (of: string): string => `
  SELECT ${OF_RELATION}, ${listOf(calledBy('pg_policy', 'p.oid', 'p.polqual', 'p.polwithcheck'))} AS calls,
         (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('schema', ${schemaOf('rn')}, 'table', r.relname, 'column', a.attname))
            FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class r ON r.oid = d.refobjid
            JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
            JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid
           WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = p.oid
             AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass) AS reads
    FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid ${RELATION}
   WHERE c.relrowsecurity AND ${of}
   ORDER BY p.oid`;

const cascades = (of: string): string => `
  SELECT ${OF_RELATION}, k.confdeltype AS deletes, k.confupdtype AS updates, ${schemaOf('tn')} AS to_schema, t.relname AS to_name,
         (SELECT pg_catalog.json_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = t.oid AND a.attnum = ANY (k.conkey)) AS columns
    FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.confrelid ${RELATION}
    JOIN pg_catalog.pg_class t ON t.oid = k.conrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
   WHERE k.contype = 'f' AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd')) AND ${of} ORDER BY k.oid`;

const heirs = (of: string): string => `
  SELECT ${OF_RELATION}, ${schemaOf('hn')} AS heir_schema, h.relname AS heir_name
    FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhparent AND c.relkind = 'r' ${RELATION}
    JOIN pg_catalog.pg_class h ON h.oid = i.inhrelid JOIN pg_catalog.pg_namespace hn ON hn.oid = h.relnamespace
   WHERE ${of} ORDER BY i.inhrelid, i.inhseqno`;

/**
 * Types of the target's, and those that hold values of them: domains over one, arrays, rows and ranges of it. They are as many
 * as the columns of the database, and are looked through only where `seeds`, the types asked about, are the target's own.
 */
const holds = (seeds: string): string => {
  const any = `EXISTS (SELECT FROM (${seeds}) AS seeds (type) WHERE seeds.type >= 16384)`;
  return `
  holds (type, holder) AS MATERIALIZED (
    SELECT d.typbasetype, d.oid FROM pg_catalog.pg_type d WHERE d.typtype = 'd' AND d.typbasetype >= 16384 AND ${any}
    UNION SELECT e.typelem, e.oid FROM pg_catalog.pg_type e WHERE e.typelem >= 16384 AND e.typlen = -1 AND ${any}
    UNION SELECT x.atttypid, k.reltype FROM pg_catalog.pg_attribute x JOIN pg_catalog.pg_class k ON k.oid = x.attrelid
           WHERE x.atttypid >= 16384 AND x.attnum > 0 AND k.reltype <> 0 AND ${any}
    UNION SELECT r.rngsubtype, r.rngtypid FROM pg_catalog.pg_range r WHERE r.rngsubtype >= 16384 AND ${any})`;
};
/** Of each of these types, in one column, itself and all that hold it, however deep. */
const holding = (types: string): string => `
  holding (type, holder) AS (
    SELECT t, t FROM (${types}) AS types (t)
    UNION SELECT holding.type, holds.holder FROM holding JOIN holds ON holds.type = holding.holder)`;
const typesIn = (seeds: string): string => `${holds(seeds)}, ${holding(seeds)}`;
const holders = (type: string): string => `
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('schema', hn.nspname, 'name', h.typname) ORDER BY h.oid)
     FROM holding JOIN pg_catalog.pg_type h ON h.oid = holding.holder JOIN pg_catalog.pg_namespace hn ON hn.oid = h.typnamespace
    WHERE holding.type = ${type} AND h.oid <> ${type})`;

/** Whoever may make functions in C is the server's own master. */
const READABLE = `f.oid >= 16384 AND l.lanname NOT IN ('c', 'internal')`;
const LANGUAGE = `JOIN pg_catalog.pg_language l ON l.oid = f.prolang`;

const CASTS = `
  WITH RECURSIVE found AS MATERIALIZED (
    SELECT k.oid, k.castsource, k.casttarget, k.castfunc, k.castcontext FROM pg_catalog.pg_cast k
      JOIN pg_catalog.pg_proc f ON f.oid = k.castfunc ${LANGUAGE} AND (l.lanname NOT IN ('c', 'internal') OR (${STATEFUL}))),
  ${typesIn('SELECT castsource FROM found UNION SELECT casttarget FROM found')}
  SELECT pg_catalog.json_build_object('schema', sn.nspname, 'name', s.typname) AS source,
         pg_catalog.json_build_object('schema', tn.nspname, 'name', t.typname) AS target, k.castcontext AS context, ${NAME} AS calls,
         ${holders('k.castsource')} AS "sourceIn", ${holders('k.casttarget')} AS "targetIn"
    FROM found k JOIN pg_catalog.pg_proc f ON f.oid = k.castfunc ${FUNCTION}
    JOIN pg_catalog.pg_type s ON s.oid = k.castsource JOIN pg_catalog.pg_namespace sn ON sn.oid = s.typnamespace
    JOIN pg_catalog.pg_type t ON t.oid = k.casttarget JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
   ORDER BY k.oid`;

/** Defaults and checks of domains count for whatever holds one. */
const DOMAINS = `
  WITH RECURSIVE defaults AS MATERIALIZED (
    SELECT t.oid, t.typdefaultbin FROM pg_catalog.pg_type t WHERE t.typtype = 'd' AND t.typdefaultbin IS NOT NULL AND t.oid >= 16384),
  checks AS MATERIALIZED (SELECT s.oid, s.contypid, s.conbin FROM pg_catalog.pg_constraint s WHERE s.contypid >= 16384),
  coded (type, function) AS MATERIALIZED (
    SELECT t.oid, a.oid FROM defaults t CROSS JOIN LATERAL (${calledBy('pg_type', 't.oid', 't.typdefaultbin')}) a
    UNION SELECT s.contypid, a.oid FROM checks s CROSS JOIN LATERAL (${calledBy('pg_constraint', 's.oid', 's.conbin')}) a),
  ${typesIn('SELECT type FROM coded')}
  SELECT n.nspname AS schema, t.typname AS name, t.oid::pg_catalog.int8 AS oid,
         ${listOf('SELECT coded.function FROM holding JOIN coded ON coded.type = holding.type WHERE holding.holder = t.oid')} AS calls
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
   WHERE t.oid IN (SELECT holder FROM holding) ORDER BY t.oid`;

/** Support functions and operators of operator classes, by the type that they compare; those of ranges. */
const COMPARED = `
  WITH RECURSIVE every (type, function) AS MATERIALIZED (
    SELECT p.amproclefttype, p.amproc::pg_catalog.oid FROM pg_catalog.pg_amproc p
    UNION SELECT p.amoplefttype, o.oprcode::pg_catalog.oid FROM pg_catalog.pg_amop p JOIN pg_catalog.pg_operator o ON o.oid = p.amopopr
    UNION SELECT r.rngtypid, r.rngsubdiff::pg_catalog.oid FROM pg_catalog.pg_range r
    UNION SELECT r.rngtypid, r.rngcanonical::pg_catalog.oid FROM pg_catalog.pg_range r),
  coded (type, function) AS MATERIALIZED (
    SELECT every.type, f.oid FROM every JOIN pg_catalog.pg_proc f ON f.oid = every.function ${LANGUAGE} WHERE ${READABLE}),
  ${typesIn('SELECT DISTINCT type FROM coded')}
  SELECT n.nspname AS schema, t.typname AS name, ${listOf('SELECT coded.function FROM coded WHERE coded.type = t.oid')} AS calls,
         ${holders('t.oid')} AS "heldIn"
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
   WHERE t.oid IN (SELECT type FROM coded) ORDER BY t.oid`;

/** Validators of foreign data wrappers run when what they validate is made or changed. */
const EVENT_TRIGGERS = `
  SELECT fn.nspname AS schema, f.proname AS name
    FROM pg_catalog.pg_event_trigger e JOIN pg_catalog.pg_proc f ON f.oid = e.evtfoid ${FUNCTION}
   WHERE e.evtenabled <> 'D' AND e.evtevent <> 'login'
  UNION
  SELECT fn.nspname, f.proname FROM pg_catalog.pg_foreign_data_wrapper w JOIN pg_catalog.pg_proc f ON f.oid = w.fdwvalidator ${FUNCTION}
    ${LANGUAGE} WHERE ${READABLE}
   ORDER BY 1, 2`;

/** Those that run something the gateway cannot read; functions in C come with extensions that a superuser installed. */
const OPERATORS = `
  SELECT DISTINCT o.oprname AS name
    FROM pg_catalog.pg_operator o
    JOIN pg_catalog.pg_proc f ON f.oid = o.oprcode
    ${LANGUAGE}
   WHERE o.oid >= 16384 AND (${READABLE} OR (l.lanname = 'internal' AND f.oid >= 16384) OR (${STATEFUL}))`;

/** Rows of a query as a list in JSON. */
const listed = (query: string): string =>
  `(SELECT pg_catalog.json_agg(pg_catalog.row_to_json(q)) FROM (${query}) AS q)`;

/** What some relations set off, as one JSON object; `of` is an expression that gives an array of their oids. */
const behaviourOf = (of: string, ruleDefinition: string): string => {
  const some = `c.oid = ANY (${of})`;
  // pg_constraint has no index by the table that is referred to; pg_depend has.
  const referring = `${some} AND k.oid IN (
    SELECT d.objid FROM pg_catalog.pg_depend d
     WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = ANY (${of})
       AND d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass)`;
  return `SELECT pg_catalog.json_build_object('triggers', ${listed(triggers(some))},
    'rules', ${listed(rules(some, ruleDefinition))}, 'writes', ${listed(writes(some))},
    'policies', ${listed(policies(some))}, 'cascades', ${listed(cascades(referring))}, 'heirs', ${listed(heirs(some))}) AS found`;
};

/** The same with the oids in the text, and with rules as they are printed, which takes a lock on their relations. */
export const behaviourQuery = (oids: readonly number[]): string =>
  behaviourOf(`'{${oids.join()}}'::pg_catalog.oid[]`, 'pg_catalog.pg_get_ruledef(r.oid)');

/** Whether a relation `c` may set off anything that `behaviourOf` lists: false only where it does not. Foreign keys have triggers. */
export const ACTS = `(c.relhastriggers OR c.relrowsecurity OR c.relhassubclass OR c.relchecks > 0
  OR (c.relhasrules AND EXISTS (SELECT FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN'))
  OR EXISTS (SELECT FROM pg_catalog.pg_attrdef s WHERE s.adrelid = c.oid
       AND (EXISTS (${inTree('s.adbin')}) OR EXISTS (
         SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = s.oid
            AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass) OFFSET 0)))
  OR EXISTS (SELECT FROM pg_catalog.pg_index s WHERE s.indrelid = c.oid AND (s.indexprs IS NOT NULL OR s.indpred IS NOT NULL))
  OR EXISTS (SELECT FROM pg_catalog.pg_statistic_ext s WHERE s.stxrelid = c.oid AND s.stxexprs IS NOT NULL)
  OR EXISTS (SELECT FROM pg_catalog.pg_partitioned_table s WHERE s.partrelid = c.oid AND s.partexprs IS NOT NULL))`;

interface CastRow extends Pick<Cast, 'source' | 'target' | 'calls'> {
  readonly context: string;
  readonly sourceIn: readonly QualifiedName[] | null;
  readonly targetIn: readonly QualifiedName[] | null;
}
interface DomainRow extends Calling {
  readonly oid: number;
}
interface ComparedRow extends Calling {
  readonly heldIn: readonly QualifiedName[] | null;
}

const ALL_BEHAVIOURS = `SELECT pg_catalog.json_build_object('triggers', ${listed(triggers('true'))},
  'rules', ${listed(rules('true'))}, 'writes', ${listed(WITH_CALLED + writes(CALLING))}, 'policies', ${listed(policies('true'))},
  'cascades', ${listed(cascades('true'))}, 'heirs', ${listed(heirs('true'))}) AS found`;
const SOME_BEHAVIOURS = behaviourOf('$1::pg_catalog.oid[]', 'NULL');

/** What writing and reading the relations with these oids sets off; null for all of them. */
export async function readBehaviours(
  querier: Querier,
  oids: readonly number[] | null,
): Promise<readonly Behaviour[]> {
  const query = oids === null ? { text: ALL_BEHAVIOURS } : { text: SOME_BEHAVIOURS, values: [oids] };
  const [row] = await rowsOf<{ readonly found: BehaviourRows }>(querier, query);
  const { found } = row!;
  const rules: RuleRow[] = [];
  for (const rule of found.rules ?? [])
    rules.push({ ...rule, definition: await readRule(querier, String(rule.oid)) });
  return toBehaviours({ ...found, rules });
}

interface NamelessRows {
  readonly casts: readonly CastRow[] | null;
  readonly domains: readonly DomainRow[] | null;
  readonly compared: readonly ComparedRow[] | null;
  readonly triggers: readonly QualifiedName[] | null;
  readonly operators: readonly string[] | null;
}

const NAMELESS = `SELECT pg_catalog.json_build_object('casts', ${listed(CASTS)}, 'domains', ${listed(DOMAINS)},
  'compared', ${listed(COMPARED)}, 'triggers', ${listed(EVENT_TRIGGERS)},
  'operators', (SELECT pg_catalog.json_agg(q.name) FROM (${OPERATORS}) AS q)) AS found`;

/** What is set off by types and by DDL, whatever is named. */
export async function readNameless(querier: Querier): Promise<Nameless> {
  const [row] = await rowsOf<{ readonly found: NamelessRows }>(querier, { text: NAMELESS });
  const { casts, domains, compared, triggers: eventTriggers, operators } = row!.found;
  return {
    casts: (casts ?? []).map(({ sourceIn, targetIn, ...one }) => ({
      ...one,
      context: CONTEXTS[one.context] ?? 'implicit',
      ...(sourceIn === null ? {} : { sourceIn }),
      ...(targetIn === null ? {} : { targetIn }),
    })),
    domains: (domains ?? []).map((one) => ({ ...one, calls: one.calls ?? [] })),
    compared: (compared ?? []).map(({ heldIn, ...one }) => ({
      ...one,
      calls: one.calls ?? [],
      ...(heldIn === null ? {} : { heldIn }),
    })),
    eventTriggers: eventTriggers ?? [],
    operators: operators ?? [],
  };
}

const CONTEXTS: Readonly<Record<string, Cast['context']>> = { e: 'explicit', a: 'assignment', i: 'implicit' };

/** It takes a lock on the relation, which may be in use: null then. */
async function readRule(client: Querier, oid: string): Promise<string | null> {
  try {
    const rows = await rowsOf<{ definition: string | null }>(client, {
      text: RULE_DEFINITION,
      values: [oid],
    });
    return rows[0]?.definition ?? null;
  } catch (error) {
    if (error instanceof DatabaseError) return null;
    throw error;
  }
}
