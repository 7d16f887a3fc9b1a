/** The body of a function, a procedure or a DO block: what it runs, and which names in it are variables. */
import type { CreateFunctionStmt, DoStmt, FunctionParameter } from 'libpg-query';
import { nothing } from '../scope/lineage.js';
import { parseSql } from '../parse/parser.js';
import { readPlpgsql } from './plpgsql.js';
import type { RangeItem, Scope } from '../scope/scope.js';
import { withNamespace } from '../scope/scope.js';
import type { Node } from '../parse/tree.js';
import { as, listItems, options, optionText, texts } from '../parse/tree.js';

export interface Body {
  readonly statements: readonly Node[];
  readonly variables: ReadonlySet<string>;
  /** It reveals values, in a notice or in an error that it raises. */
  readonly tells: boolean;
  /** It may end the transaction it is called in. */
  readonly transaction: boolean;
  /** It opens or closes cursors, which have their names in the session. */
  readonly cursors?: boolean;
  /** Types of its variables as they are written. */
  readonly types?: ReadonlySet<string>;
  /** Why it may run more than its statements; null if they are complete. */
  readonly opaque: string | null;
}

/** Null if the language is not supported, or the body does not parse. `text` is the statement's own. */
export function bodyOfFunction(statement: CreateFunctionStmt, text: string): Body | null {
  const given = new Map(options(statement.options).map((option) => [option.defname ?? '', option]));
  const language = languageOf(given.get('language'));
  const [body] = texts(listItems(given.get('as')?.arg));
  const names = parametersOf(statement).map((parameter) => parameter.name ?? '');
  const variables = new Set([...names, ...texts(statement.funcname).slice(-1)].filter((name) => name !== ''));
  if (language === 'plpgsql' && body !== undefined) {
    const read = readPlpgsql(text, body);
    return read === null ? null : { ...read, variables: new Set([...read.variables, ...variables]) };
  }
  if (language !== 'sql') return null;
  const parsed = body === undefined ? null : parseSql(body);
  if (parsed !== null && parsed.kind !== 'parsed') return null;
  const written = (parsed?.tree.stmts ?? []).map((raw) => raw.stmt).filter((node) => node !== undefined);
  const statements = [...bodyStatements(statement.sql_body), ...written];
  return { statements, variables, tells: false, transaction: false, opaque: null };
}

export function bodyOfBlock(statement: DoStmt): Body | null {
  const given = new Map(options(statement.args).map((option) => [option.defname ?? '', option]));
  const language = languageOf(given.get('language'), 'plpgsql');
  const source = given.get('as')?.arg;
  const body = texts(source === undefined ? [] : [source])[0];
  if (language !== 'plpgsql' || body === undefined) return null;
  return readPlpgsql(`DO '${body.replaceAll("'", "''")}'`, body);
}

export function languageOf(option: ReturnType<typeof options>[number] | undefined, usual = 'sql'): string {
  return option === undefined ? usual : (optionText(option) ?? '').toLowerCase();
}

export function parametersOf({ parameters }: CreateFunctionStmt): FunctionParameter[] {
  return (parameters ?? []).map((node) => as(node, 'FunctionParameter')).filter((one) => one !== null);
}

/** `RETURN expression`, or BEGIN ATOMIC … END, which is a list in a list. */
function bodyStatements(body: Node | undefined): Node[] {
  const value = as(body, 'ReturnStmt')?.returnval;
  if (value !== undefined) return [{ SelectStmt: { targetList: [{ ResTarget: { val: value } }] } }];
  return listItems(body).flatMap((node) => {
    const returned = as(node, 'ReturnStmt');
    return returned === null ? (as(node, 'List') === null ? [node] : listItems(node)) : bodyStatements(node);
  });
}

/** The scope of the statements of a body: variables are found after every column, each as a value or as a row. */
export function bodyScope(scope: Scope, variables: ReadonlySet<string>): Scope {
  const items = [...variables].map((alias): RangeItem => ({
    alias,
    schema: null,
    columns: null,
    other: () => nothing,
    tables: [],
    row: nothing,
  }));
  const slots = [...variables].map((name) => ({ kind: 'column' as const, name, lineage: nothing }));
  return withNamespace(scope, { items, slots });
}
