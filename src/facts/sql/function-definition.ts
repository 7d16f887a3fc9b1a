/** CREATE FUNCTION and PROCEDURE: nothing runs now, but a body in SQL can be read. */
import type { CreateFunctionStmt } from 'libpg-query';
import { addEffect } from './entry.js';
import type { How } from './nested.js';
import { objectName } from './object-names.js';
import { parseSql } from './parser.js';
import type { QueryResult, Scope } from './scope.js';
import type { Node } from './tree.js';
import { as, listItems, options, optionText, texts } from './tree.js';

/** Languages whose functions are code of the server's process. */
const nativeLanguages = new Set(['c', 'internal']);

export function analyseFunctionDefinition(
  scope: Scope,
  body: CreateFunctionStmt,
  run: (scope: Scope, node: Node, how: How) => QueryResult,
): void {
  const { entry } = scope;
  entry.verb = 'create';
  entry.object = body.is_procedure === true ? 'procedure' : 'function';
  entry.objects.push(objectName(texts(body.funcname)));
  entry.flow.session.push({ kind: 'ddl' });
  addEffect(entry, 'schema');
  const given = new Map(options(body.options).map((option) => [option.defname ?? '', option]));
  const language = given.get('language');
  const name = language === undefined ? 'sql' : (optionText(language) ?? '').toLowerCase();
  if (nativeLanguages.has(name)) addEffect(entry, 'admin');
  const [text] = texts(listItems(given.get('as')?.arg));
  const parsed = name === 'sql' && text !== undefined ? parseSql(text) : null;
  const statements = [
    ...bodyStatements(body.sql_body),
    ...(parsed?.kind === 'parsed' ? (parsed.tree.stmts ?? []).map((raw) => raw.stmt) : []),
  ];
  for (const statement of statements) if (statement !== undefined) run(scope, statement, { executed: false });
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
