/** Facts of SQL. They are gathered in src/facts/sql. */
import type { RootField, Type } from '../../values/schema.js';
import { qualifiedTable } from './spellings.js';
import {
  arrayOf,
  boolean,
  count,
  field,
  json,
  lowerText,
  named,
  object,
  oneOf,
  optional,
  setOf,
  text,
} from '../../values/schema.js';

/** The first word of a statement, or its words joined by `_`. */
export const sqlVerbs = [
  'select', 'insert', 'update', 'delete', 'merge', 'truncate', 'copy', 'create', 'alter', 'drop', 'grant', 'revoke',
  'comment', 'security_label', 'import', 'reassign', 'refresh', 'explain', 'prepare', 'execute', 'deallocate',
  'declare', 'fetch', 'move', 'close', 'begin', 'commit', 'rollback', 'savepoint', 'release', 'rollback_to',
  'prepare_transaction', 'commit_prepared', 'rollback_prepared', 'set', 'reset', 'show', 'discard', 'set_constraints',
  'do', 'call', 'lock', 'vacuum', 'analyze', 'cluster', 'reindex', 'checkpoint', 'notify', 'listen', 'unlisten', 'load',
] as const; // prettier-ignore

/** Of statements that create, change or drop something: what kind of thing. */
export const sqlObjects = [
  'table', 'view', 'materialized_view', 'foreign_table', 'index', 'sequence', 'schema', 'database', 'tablespace',
  'function', 'procedure', 'routine', 'aggregate', 'trigger', 'event_trigger', 'rule', 'policy', 'role', 'type', 'domain',
  'column', 'attribute', 'constraint', 'collation', 'conversion', 'cast', 'operator', 'operator_class',
  'operator_family', 'extension', 'language', 'transform', 'access_method', 'foreign_data_wrapper', 'server',
  'user_mapping', 'foreign_schema', 'publication', 'subscription', 'statistics', 'text_search_configuration',
  'text_search_dictionary', 'text_search_parser', 'text_search_template', 'large_object', 'parameter',
  'default_privileges', 'default', 'owned', 'system', 'all', 'plans', 'sequences', 'temp',
] as const; // prettier-ignore

/** What a statement does. `read_only` statements have none but `read` and `transaction`. */
const effectMeanings = {
  read: 'Rows or state of the server are looked at.',
  write: 'Rows, sequences or large objects are changed, by the statement or by what it sets off.',
  schema: 'Something is created, changed or dropped that others use by name.',
  privilege: 'Who may do what changes: grants, roles, owners, policies.',
  session:
    'Settings, prepared statements or listening of the session change: SET, `set_config`, an UPDATE of `pg_settings`, also inside a function.',
  transaction: 'A transaction begins, ends or changes its mode.',
  code: 'Something runs that cannot be read: a language other than SQL and PL/pgSQL, EXECUTE of a text that is put together, a function that is not known. What else the statement does is then unknown.',
  file: "The server's own files: COPY with a file, `pg_read_file` and its kin, `pg_ls_*`, `lo_import`, `lo_export`, LOAD, tablespaces.",
  program: 'A program runs on the server: COPY with PROGRAM.',
  network: 'Another server is reached: foreign tables and servers, dblink, subscriptions, publications.',
  extension:
    'An extension is created or changed; the script of one that does not come with PostgreSQL is `code`.',
  maintenance: 'VACUUM, ANALYZE, CLUSTER, REINDEX, CHECKPOINT, REFRESH and functions of that kind.',
  lock: 'Locks are asked for by name: LOCK, FOR UPDATE, advisory locks.',
  notify: 'LISTEN, NOTIFY, UNLISTEN, `pg_notify`.',
  large_object: 'Large objects: the functions `lo_*`, `loread`, `lowrite`.',
  admin:
    "The server's operation: ALTER SYSTEM, `pg_terminate_backend`, `pg_reload_conf`, replication slots and origins, backups, statistics that are reset or restored.",
} as const;
export const sqlEffects = Object.keys(effectMeanings) as readonly (keyof typeof effectMeanings)[];

const table: Type = object({
  schema: field(named('schema'), 'Its schema.'),
  name: field(named('table'), 'Its name.'),
  access: field(
    oneOf('read', 'write', 'filter'),
    '`read`: values can be seen; `write`: it is changed; `filter`: values only decide which rows are seen.',
  ),
  columns: field(
    setOf(named('column')),
    'The columns concerned. Of a whole table that is written or dropped, none is named.',
  ),
});

const select: Type = object({
  depth: field(count, '0 for the outermost query, 1 for a query inside it, and so on.'),
  has_where: field(boolean, 'Whether it has a WHERE that chooses among rows.'),
  has_limit: field(boolean, 'Whether it has a LIMIT or FETCH FIRST.'),
  tables: field(setOf(qualifiedTable), 'The tables that it is the first to use, as `schema.table`.'),
});

const statement: Type = object({
  index: field(count, 'Its place in `sql.statements`, from 0.'),
  text: field(text, 'Its text; of a nested statement, the text of the one that contains it.'),
  nested: field(boolean, 'Whether it is inside another statement.'),
  parent: optional(count, 'For a nested statement: the index of the enclosing one.'),
  executed: field(
    boolean,
    'False inside EXPLAIN without ANALYZE, PREPARE, and the bodies of views, rules and functions.',
  ),
  verb: field(
    oneOf(...sqlVerbs),
    'The first word of the statement; `create`, `alter` and `drop` have an `object`.',
  ),
  object: optional(oneOf(...sqlObjects), 'What is created, changed, dropped or granted on.'),
  objects: field(
    arrayOf(
      object({ schema: optional(text, 'Its schema, where it has one.'), name: field(text, 'Its name.') }),
    ),
    'What the statement names: its target, what is dropped, the prepared statement, the cursor.',
  ),
  effects: field(setOf(oneOf(...sqlEffects)), 'What it does, with all that is nested in it.'),
  tables: field(
    arrayOf(table),
    'Every table it touches, one entry for each access, with those of nested statements and views.',
  ),
  functions: field(
    arrayOf(object({ schema: field(text, 'Its schema.'), name: field(text, 'Its name.') })),
    'Every function it calls.',
  ),
  has_where: field(
    boolean,
    'Whether it has a WHERE, or a MERGE an ON, that chooses among rows; `true`, `id = id` and `EXISTS (SELECT 1)` do not.',
  ),
  has_limit: field(boolean, 'Whether its outermost query has a LIMIT or FETCH FIRST.'),
  returning: field(boolean, 'Whether it has RETURNING.'),
  selects: field(arrayOf(select), 'Each query in it, at every depth, those of CTEs and subqueries too.'),
  actions: field(
    arrayOf(
      object({
        verb: field(oneOf('insert', 'update', 'delete', 'nothing', 'unknown'), 'What the branch does.'),
        has_condition: field(
          boolean,
          'Whether the branch has a condition of its own that chooses among rows.',
        ),
      }),
    ),
    'For MERGE: its WHEN branches. For INSERT: ON CONFLICT DO UPDATE, with its WHERE as the condition.',
  ),
  settings: field(
    arrayOf(
      object({
        name: field(lowerText, 'The setting, in lower case; `*` for every setting, or one that is computed.'),
        value: optional(text, 'Its new value, where it is written out.'),
        unchanged: field(
          boolean,
          'Whether it is known that the session has this value already: SET ROLE to its own role, RESET ROLE where no other was set.',
        ),
      }),
    ),
    'Settings that it changes, by SET, RESET or `set_config`.',
  ),
  locks: field(setOf(lowerText), 'Lock modes it asks for by name: `for update`, `access exclusive`.'),
  copy: optional(
    object({
      direction: field(oneOf('in', 'out'), '`in` is COPY FROM, `out` is COPY TO.'),
      with: field(
        oneOf('client', 'file', 'program'),
        "Who is at the other end; file and program are the server's.",
      ),
      format: field(oneOf('text', 'csv', 'binary'), 'The format of the data.'),
    }),
    'For COPY.',
  ),
});

export const sql: RootField = {
  ...field(
    object({
      statements: field(
        arrayOf(statement),
        'Every statement, nested ones as well: data-modifying CTEs, what EXPLAIN, PREPARE, COPY or CREATE … AS contains.',
      ),
      count: field(count, 'How many statements stand side by side in the command.'),
      read_only: field(
        boolean,
        'Whether no statement does more than read. BEGIN and COMMIT alone change nothing.',
      ),
      effects: field(setOf(oneOf(...sqlEffects)), 'The effects of all statements together.'),
      transaction: field(oneOf('idle', 'open', 'failed'), 'The state of the transaction before the command.'),
      masked_write: field(
        boolean,
        'Whether it would store what this session was shown in place of a masked value. It is then refused (`gateway.masked_write`), unless an allow or review rule fires that would not fire otherwise: `allow restores if sql.masked_write`. Unknown before parameters are bound; false of COPY … FROM STDIN, whose rows are looked at as they come.',
      ),
      parameters: field(json, 'The values bound to $1, $2 … as an array; unknown before they are bound.'),
    }),
    'What the SQL means, by the parser of the database itself.',
  ),
  targets: ['postgres', 'mysql'],
  glossary: {
    text:
      'A statement has the effects, tables, functions and settings of all that it runs or sets off, as far as it can be read: ' +
      'statements nested in it, views, bodies of functions and procedures in SQL and PL/pgSQL, DO blocks, triggers, rules, ' +
      'row security policies, defaults, constraints and indexes that call functions, foreign keys that delete or update along, ' +
      'casts and domains by functions, event triggers. Statements in bodies that do more than read stand among ' +
      '`sql.statements` as nested ones. A relation that the catalogue of the target does not have makes tables, functions and ' +
      'effects unknown. The effects:',
    words: effectMeanings,
  },
};
