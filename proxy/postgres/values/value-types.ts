/** The types whose values are decoded, by name and oid, from pg_type.dat; for arrays, `array_type_oid`. */
export type TypeName =
  | 'bool'
  | 'bytea'
  | 'char'
  | 'name'
  | 'int8'
  | 'int2'
  | 'int4'
  | 'text'
  | 'oid'
  | 'json'
  | 'float4'
  | 'float8'
  | 'bpchar'
  | 'varchar'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'numeric'
  | 'uuid'
  | 'jsonb';

const SCALARS: readonly (readonly [number, TypeName])[] = [
  [16, 'bool'],
  [17, 'bytea'],
  [18, 'char'],
  [19, 'name'],
  [20, 'int8'],
  [21, 'int2'],
  [23, 'int4'],
  [25, 'text'],
  [26, 'oid'],
  [114, 'json'],
  [700, 'float4'],
  [701, 'float8'],
  [1042, 'bpchar'],
  [1043, 'varchar'],
  [1082, 'date'],
  [1083, 'time'],
  [1114, 'timestamp'],
  [1184, 'timestamptz'],
  [1700, 'numeric'],
  [2950, 'uuid'],
  [3802, 'jsonb'],
];
const ARRAYS: readonly (readonly [number, number])[] = [
  [1000, 16],
  [1001, 17],
  [1002, 18],
  [1003, 19],
  [1016, 20],
  [1005, 21],
  [1007, 23],
  [1009, 25],
  [1028, 26],
  [199, 114],
  [1021, 700],
  [1022, 701],
  [1014, 1042],
  [1015, 1043],
  [1182, 1082],
  [1183, 1083],
  [1115, 1114],
  [1185, 1184],
  [1231, 1700],
  [2951, 2950],
  [3807, 3802],
];

const scalars: ReadonlyMap<number, TypeName> = new Map(SCALARS);
const elements: ReadonlyMap<number, number> = new Map(ARRAYS);

/** Null if values of the type are not decoded; covers arrays, too. */
export function scalarOf(oid: number): TypeName | null {
  return scalars.get(oid) ?? null;
}

/** The oid of an array's elements; null if it is not an array that is decoded. */
export function elementOf(oid: number): number | null {
  return elements.get(oid) ?? null;
}

/** `unknown`: PostgreSQL treats it in Parse as an unspecified type, like 0. */
const UNKNOWN = 705;

/** Whether a type is left to the server. */
export function isOpen(oid: number): boolean {
  return oid === 0 || oid === UNKNOWN;
}
