/** The `sql` root of the facts from the entries that were gathered. Its shape is src/facts/schema/sql.ts. */
import { Unknown, ValueSet, objectOf } from '../../values/value.js';
import type { Value, ValueObject } from '../../values/value.js';
import type { SqlContext } from './scope/analysis.js';
import type { Entry, TableUse } from './scope/entry.js';

const notBound = 'the parameters are not bound yet';

export function sqlFacts(entries: readonly Entry[], context: SqlContext): ValueObject {
  const top = entries.filter((entry) => entry.parent === null);
  const places = new Map(entries.map((entry, index) => [entry, index]));
  return objectOf([
    ['statements', entries.map((entry, index) => statementFacts(entry, index, places))],
    ['count', top.length],
    ['read_only', readOnly(top)],
    ['effects', ValueSet.of(top.flatMap((entry) => [...effectsOf(entry)]))],
    ['transaction', context.transaction],
    // The text does not tell what a session was shown. The guard sets this fact if it was shown something.
    ['masked_write', false],
    ['parameters', parametersOf(context)],
  ]);
}

export function unknownFacts(reason: string, context: SqlContext): ValueObject {
  const unknown = (field: string): [string, Value] => [field, new Unknown(reason, `sql.${field}`)];
  return objectOf([
    ...['statements', 'count', 'read_only', 'effects'].map(unknown),
    ['transaction', context.transaction],
    ['masked_write', false],
    ['parameters', parametersOf(context)],
  ]);
}

/** Bound values, or nothing known of them. */
function parametersOf(context: SqlContext): Value {
  return context.parameters ?? new Unknown(notBound, 'sql.parameters');
}

/** A transaction verb alone changes nothing: what matters is decided with the statements in it. */
const harmlessEffects = new Set(['read', 'transaction']);

function readOnly(top: readonly Entry[]): Value {
  const certain = top.every((entry) => [...entry.effects].every((effect) => harmlessEffects.has(effect)));
  if (!certain) return false;
  const unknown = top.map((entry) => entry.unknown ?? entry.opaque).find((reason) => reason !== null);
  return unknown === undefined ? true : new Unknown(unknown, 'sql.read_only');
}

function statementFacts(entry: Entry, index: number, places: ReadonlyMap<Entry, number>): ValueObject {
  const parent = entry.parent === null ? [] : [['parent', places.get(entry.parent) ?? -1] as const];
  const place = [
    ['index', index],
    ['text', entry.text],
    ['nested', entry.parent !== null],
    ...parent,
    ['executed', entry.executed],
  ] as const;
  return objectOf([...place, ...(entry.unknown === null ? knownFacts(entry) : unknownFields(entry.unknown))]);
}

const fields = ['verb', 'objects', 'effects', 'tables', 'functions', 'has_where', 'has_limit', 'returning', 'selects', 'actions', 'settings', 'locks']; // prettier-ignore

function unknownFields(reason: string): (readonly [string, Value])[] {
  return fields.map((field) => [field, new Unknown(reason, `sql.statements.${field}`)] as const);
}

function knownFacts(entry: Entry): (readonly [string, Value])[] {
  return [
    ['verb', entry.verb],
    ...(entry.object === null ? [] : [['object', entry.object] as const]),
    [
      'objects',
      entry.objects.map(({ schema, name }) => objectOf([...optional('schema', schema), ['name', name]])),
    ],
    ['effects', ValueSet.of(effectsOf(entry))],
    ['tables', withUnknown(tablesOf(entry), entry.opaque ?? entry.moreTables, 'tables')],
    ['functions', withUnknown(functionsOf(entry), entry.opaque, 'functions')],
    ['has_where', entry.hasWhere],
    ['has_limit', entry.hasLimit],
    ['returning', entry.returning],
    ['selects', entry.selects.map((select) => objectOf([['depth', select.depth], ['has_where', select.hasWhere], ['has_limit', select.hasLimit], ['tables', ValueSet.of(select.tables)]]))], // prettier-ignore
    ['actions', entry.actions.map((action) => objectOf([['verb', action.verb], ['has_condition', action.hasCondition]]))], // prettier-ignore
    [
      'settings',
      entry.settings.map(({ name, value, unchanged }) =>
        objectOf([['name', name], ...optional('value', value), ['unchanged', unchanged]]),
      ),
    ],
    ['locks', ValueSet.of(entry.locks)],
    ...copyFacts(entry),
  ];
}

function* effectsOf(entry: Entry): Generator<Value> {
  yield* entry.effects;
  const reason = entry.unknown ?? entry.opaque;
  if (reason !== null) yield new Unknown(reason, 'sql.statements.effects');
}

const optional = (field: string, value: string | null): (readonly [string, Value])[] =>
  value === null ? [] : [[field, value]];

function withUnknown(members: readonly Value[], reason: string | null, field: string): Value {
  return reason === null ? members : [...members, new Unknown(reason, `sql.statements.${field}`)];
}

function tablesOf({ tables, moreWrites }: Entry): ValueObject[] {
  const listed = [...tables.values()].map(tableFacts);
  return moreWrites === null ? listed : [...listed, unnamedWrite(moreWrites)];
}

/** Tables of which nothing is known but that they are changed. */
function unnamedWrite(reason: string): ValueObject {
  const unknown = (field: string): Unknown => new Unknown(reason, `sql.statements.tables.${field}`);
  return objectOf([
    ['schema', unknown('schema')],
    ['name', unknown('name')],
    ['access', 'write'],
    ['columns', ValueSet.of([unknown('columns')])],
  ]);
}

function tableFacts(use: TableUse): ValueObject {
  const columns: Value[] = [...use.columns];
  if (use.unknownColumns !== null)
    columns.push(new Unknown(use.unknownColumns, 'sql.statements.tables.columns'));
  return objectOf([
    ['schema', use.schema],
    ['name', use.name],
    ['access', use.access],
    ['columns', ValueSet.of(columns)],
  ]);
}

function functionsOf(entry: Entry): ValueObject[] {
  return [...entry.functions.values()].map(({ schema, name }) => objectOf([['schema', schema], ['name', name]])); // prettier-ignore
}

function copyFacts({ copy }: Entry): (readonly [string, Value])[] {
  if (copy === null) return [];
  return [['copy', objectOf([['direction', copy.direction], ['with', copy.with], ['format', copy.format]])]]; // prettier-ignore
}
