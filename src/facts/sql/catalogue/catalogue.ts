/**
 * The contents of a target's database, as far as facts need them, so that names resolve as the server resolves them. Plain data,
 * read from a live target by the gateway or from a `*.catalogue.yaml` file beside the rules.
 */
export interface Catalogue {
  readonly relations: readonly Relation[];
  readonly functions: readonly CatalogueFunction[];
  /** Operators outside `pg_catalog` whose function is written in the target (not in C), by name: `==>`. */
  readonly operators?: readonly string[];
  /** What reading or writing a relation triggers. Only relations that trigger something are listed. */
  readonly behaviours?: readonly Behaviour[];
  /** Casts by functions of the target that are not in C. */
  readonly casts?: readonly Cast[];
  /** Domains whose defaults and constraints call functions of the target, and the types that hold such. */
  readonly domains?: readonly Domain[];
  /** Types whose values are compared by functions of the target: those of operator classes, and of ranges. */
  readonly compared?: readonly Compared[];
  /** Functions that run when the schema is changed. */
  readonly eventTriggers?: readonly QualifiedName[];
  /** The search path of a new session, as the server reports it: `$user` expanded, without the implicit `pg_catalog`. */
  readonly searchPath: readonly string[];
}

export interface Relation {
  readonly schema: string;
  readonly name: string;
  /** `pg_class.oid`; 0 if the catalogue came from a file. */
  readonly oid: number;
  readonly kind: 'table' | 'view' | 'materialized-view' | 'foreign-table' | 'sequence' | 'composite-type';
  readonly columns: readonly Column[];
  /** For a view: its query as `pg_get_viewdef` prints it. */
  readonly definition?: string;
  /** For a foreign table: what it refers to. */
  readonly foreign?: ForeignTable;
  /** The tables it is a partition of or inherits from. */
  readonly inherits?: readonly { readonly schema: string; readonly name: string }[];
}

export interface ForeignTable extends QualifiedName {
  /** `postgres_fdw`. */
  readonly wrapper: string;
  /** Columns that have another name there. */
  readonly columns?: Readonly<Record<string, string>>;
}

export interface Column {
  readonly name: string;
  /** `pg_attribute.attnum`, from 1; dropped columns leave gaps. */
  readonly number: number;
  /** `format_type`: `text`, `character varying(20)`. */
  readonly type: string;
  /** The expression that computes it from others, as `pg_get_expr` prints it. */
  readonly generated?: string;
}

/** A function outside `pg_catalog` and `information_schema`. One entry for each overload. */
export interface CatalogueFunction {
  readonly schema: string;
  readonly name: string;
  readonly volatility: 'immutable' | 'stable' | 'volatile';
  readonly language: string;
  readonly kind: 'function' | 'procedure' | 'aggregate' | 'window';
  /** The minimum and maximum number of arguments of a call; no maximum if the last is VARIADIC. Omitted if unknown. */
  readonly arguments?: { readonly least: number; readonly most: number | null };
  /** In SQL and PL/pgSQL: its `CREATE FUNCTION`, as `pg_get_functiondef` prints it. */
  readonly definition?: string;
  /** In C, or the server's own code: which function it is, of the extension that it belongs to. */
  readonly native?: NativeFunction;
  /** The functions that an aggregate is made of. */
  readonly calls?: readonly { readonly schema: string; readonly name: string }[];
}

export interface NativeFunction {
  readonly extension: string;
  /** `pg_proc.probin`: `$libdir/uuid-ossp`; `internal` of the server's own code. */
  readonly library: string;
  /** `pg_proc.prosrc`. */
  readonly symbol: string;
}

export interface QualifiedName {
  readonly schema: string;
  readonly name: string;
}

export type WriteEvent = 'insert' | 'update' | 'delete' | 'truncate';

/** The effects of one relation. A function name stands for all its overloads. */
export interface Behaviour extends QualifiedName {
  /** Those that are not disabled; `calls` has the function and what its WHEN calls. */
  readonly triggers?: readonly {
    readonly events: readonly WriteEvent[];
    readonly calls: readonly QualifiedName[];
  }[];
  /** `CREATE RULE …` as `pg_get_ruledef` prints it; null if it could not be read. */
  readonly rules?: readonly (string | null)[];
  /** Functions that its defaults, generated columns, constraints and indexes call. */
  readonly writeCalls?: readonly QualifiedName[];
  /** Functions that its row security policies call, and relations that they read, whichever roles they apply to. */
  readonly policyCalls?: readonly QualifiedName[];
  readonly policyReads?: readonly ColumnName[];
  /** Tables that inherit from it, not as partitions: its rows are theirs too. */
  readonly heirs?: readonly QualifiedName[];
  /** Columns of other tables that foreign keys change in a cascade; none are named if whole rows are deleted. */
  readonly cascades?: readonly Cascade[];
}

export interface Cascade extends QualifiedName {
  readonly on: 'update' | 'delete';
  readonly does: 'update' | 'delete';
  readonly columns: readonly string[];
}

export interface Cast {
  readonly source: QualifiedName;
  readonly target: QualifiedName;
  readonly context: 'explicit' | 'assignment' | 'implicit';
  readonly calls: QualifiedName;
  /** The types that hold values of the source, and of the target: domains, arrays, rows, ranges. */
  readonly sourceIn?: readonly QualifiedName[];
  readonly targetIn?: readonly QualifiedName[];
}

export interface Domain extends QualifiedName {
  /** `pg_type.oid`; omitted if the catalogue came from a file. */
  readonly oid?: number;
  readonly calls: readonly QualifiedName[];
}

export interface Compared extends QualifiedName {
  readonly calls: readonly QualifiedName[];
  /** The types that hold such values. */
  readonly heldIn?: readonly QualifiedName[];
}

/** A column by its full name. */
export interface ColumnName {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}
