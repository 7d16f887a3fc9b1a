/** Reading the parse tree: every node is an object with one key, its kind. */
import type { DefElem, Node, RangeVar, TypeName } from 'libpg-query';

export type { Node } from 'libpg-query';
type KeysOf<T> = T extends T ? keyof T : never;
type BodyOf<T, K extends PropertyKey> = T extends { readonly [P in K]: infer B } ? B : never;
export type NodeKind = KeysOf<Node>;
export type Body<K extends NodeKind> = BodyOf<Node, K>;

export function kindOf(node: Node): string {
  return Object.keys(node)[0] ?? '';
}

/** The node's content as that kind, or null if it is another kind. */
export function as<K extends NodeKind>(node: Node | undefined, kind: K): Body<K> | null {
  if (node === undefined || !Object.hasOwn(node, kind)) return null;
  return (node as unknown as Record<K, Body<K>>)[kind];
}

export function text(node: Node | undefined): string | null {
  return as(node, 'String')?.sval ?? null;
}

/** The parts of a name, or the words of a list. Anything that is not a string is omitted. */
export function texts(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).map(text).filter((part) => part !== null);
}

export function listItems(node: Node | undefined): readonly Node[] {
  return as(node, 'List')?.items ?? [];
}

/** The value of a constant as text: a string, a number or a boolean. Null for NULL and for anything that is not a constant. */
export function constantText(node: Node | undefined): string | null {
  const constant = as(node, 'A_Const');
  if (constant === null) {
    const inner = castArgument(node);
    return inner === undefined ? null : constantText(inner);
  }
  if (constant.isnull === true) return null;
  if (constant.sval !== undefined) return constant.sval.sval ?? '';
  if (constant.ival !== undefined) return String(constant.ival.ival ?? 0);
  if (constant.fval !== undefined) return constant.fval.fval ?? '';
  if (constant.boolval !== undefined) return constant.boolval.boolval === true ? 'true' : 'false';
  return null;
}

/** `'x'::text`, which is how a constant of a type is written; only over a constant. */
function castArgument(node: Node | undefined): Node | undefined {
  if (node === undefined) return undefined;
  const cast = as(node, 'TypeCast');
  return cast !== null && as(cast.arg, 'A_Const') !== null ? cast.arg : undefined;
}

export function isConstant(node: Node | undefined): boolean {
  return as(node, 'A_Const') !== null || castArgument(node) !== undefined;
}

export function options(nodes: readonly Node[] | undefined): DefElem[] {
  return (nodes ?? []).map((node) => as(node, 'DefElem')).filter((option) => option !== null);
}

/** An option's argument as text, however it was written: `csv`, `'csv'`, `1`, `true`, `TRUE`. */
export function optionText(option: DefElem): string | null {
  const { arg } = option;
  if (arg === undefined) return null;
  const name = as(arg, 'TypeName');
  if (name !== null) return typeText(name);
  const integer = as(arg, 'Integer');
  if (integer !== null) return String(integer.ival ?? 0);
  const float = as(arg, 'Float');
  if (float !== null) return float.fval ?? '';
  const truth = as(arg, 'Boolean');
  if (truth !== null) return truth.boolval === true ? 'true' : 'false';
  return text(arg) ?? constantText(arg);
}

/** As `defGetBoolean`: no argument means yes; what it would not accept is null. */
export function optionTruth(option: DefElem): boolean | null {
  if (option.arg === undefined) return true;
  const written = optionText(option)?.toLowerCase() ?? '';
  if (['true', 'on', '1'].includes(written)) return true;
  return ['false', 'off', '0'].includes(written) ? false : null;
}

function typeText(name: TypeName): string {
  return texts(name.names).at(-1) ?? '';
}

/** The range variables of a list of relations. */
export function rangeVars(nodes: readonly Node[] | undefined): RangeVar[] {
  return (nodes ?? []).map((node) => as(node, 'RangeVar')).filter((relation) => relation !== null);
}
