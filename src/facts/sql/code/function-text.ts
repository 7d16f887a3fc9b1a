/** What the definition of a function says besides its body: how it may be called, what it returns, and under which path. */
import type { CreateFunctionStmt, VariableSetStmt } from 'libpg-query';
import type { Body } from './body.js';
import { bodyOfFunction, parametersOf } from './body.js';
import type { CatalogueFunction } from '../catalogue/catalogue.js';
import { parseSql } from '../parse/parser.js';
import { listText } from '../session/changes.js';
import type { Node } from '../parse/tree.js';
import { as, constantText, options, texts } from '../parse/tree.js';

export interface FunctionText {
  readonly body: Body;
  /** Expressions that stand in for arguments that are left out. */
  readonly defaults: readonly Node[];
  /** Types of its parameters and its result: their checks run with each call. */
  readonly types: readonly Node[];
  /** Names of the columns it answers as OUT or TABLE parameters. */
  readonly outputs: readonly string[];
  /** Its RETURNS type, the schema first if it is written. */
  readonly returns: readonly string[];
  /** The `search_path` it is run with; null if that is the caller's. */
  readonly path: string | null;
  /** It runs as its owner, or in a role of its own. */
  readonly asAnother: boolean;
}

const known = new WeakMap<CatalogueFunction, { readonly text: FunctionText | null }>();

/** Null if there is no definition, or it cannot be read. */
export function functionText(of: CatalogueFunction): FunctionText | null {
  let found = known.get(of);
  if (found === undefined) {
    found = { text: of.definition === undefined ? null : read(of.definition) };
    known.set(of, found);
  }
  return found.text;
}

function read(definition: string): FunctionText | null {
  const parsed = parseSql(definition);
  if (parsed.kind !== 'parsed' || parsed.tree.stmts?.length !== 1) return null;
  const statement = as(parsed.tree.stmts[0]?.stmt, 'CreateFunctionStmt');
  const body = statement === null ? null : bodyOfFunction(statement, definition);
  return statement === null || body === null ? null : describe(statement, body);
}

const outputModes: ReadonlySet<string> = new Set(['FUNC_PARAM_OUT', 'FUNC_PARAM_INOUT', 'FUNC_PARAM_TABLE']);

function describe(statement: CreateFunctionStmt, body: Body): FunctionText {
  const parameters = parametersOf(statement);
  const given = options(statement.options);
  const settings = given.map((option) => as(option.arg, 'VariableSetStmt')).filter((set) => set !== null);
  const security = given.find((option) => option.defname === 'security');
  const path = settings.findLast((set) => set.name === 'search_path');
  return {
    body,
    defaults: parameters.map((parameter) => parameter.defexpr).filter((node) => node !== undefined),
    types: [...parameters.map(({ argType }) => argType), statement.returnType].flatMap((type) =>
      type === undefined ? [] : [{ TypeName: type }],
    ),
    outputs: parameters.filter(({ mode }) => outputModes.has(mode ?? '')).map(({ name }) => name ?? ''),
    returns: texts(statement.returnType?.names),
    path: path === undefined ? null : pathOf(path),
    asAnother: as(security?.arg, 'Boolean')?.boolval === true || settings.some((set) => set.name === 'role'),
  };
}

const pathOf = ({ name = '', args }: VariableSetStmt): string =>
  listText(
    name,
    (args ?? []).map((value) => constantText(value) ?? '$user'),
  );
