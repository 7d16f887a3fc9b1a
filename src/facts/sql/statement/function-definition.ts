/** CREATE FUNCTION and PROCEDURE: nothing runs now, but a body in SQL or PL/pgSQL can be read. */
import type { CreateFunctionStmt } from 'libpg-query';
import { bodyOfFunction, bodyScope, languageOf, parametersOf } from '../code/body.js';
import type { CatalogueFunction } from '../catalogue/catalogue.js';
import { addEffect, storingNothing } from '../scope/entry.js';
import type { Entry } from '../scope/entry.js';
import type { How } from './nested.js';
import { objectName } from './object-names.js';
import { changeOf } from '../catalogue/schema-change.js';
import type { QueryResult, Scope } from '../scope/scope.js';
import type { Node } from '../parse/tree.js';
import { underDefinitions } from './under-definitions.js';
import { options, texts } from '../parse/tree.js';

/** Languages whose functions are code of the server's process. */
const nativeLanguages = new Set(['c', 'internal']);

export function analyseFunctionDefinition(
  scope: Scope,
  statement: CreateFunctionStmt,
  run: (scope: Scope, node: Node, how: How) => QueryResult,
): void {
  const { entry } = scope;
  entry.verb = 'create';
  entry.object = statement.is_procedure === true ? 'procedure' : 'function';
  entry.objects.push(objectName(texts(statement.funcname)));
  addEffect(entry, 'schema');
  const language = options(statement.options).find((option) => option.defname === 'language');
  if (nativeLanguages.has(languageOf(language))) addEffect(entry, 'admin');
  const body = bodyOfFunction(statement, entry.text);
  const inside = bodyScope(scope, body?.variables ?? new Set());
  storingNothing(entry, () => {
    for (const inner of body?.statements ?? []) run(inside, inner, { executed: false });
  });
  const changes = changeOf({ renamed: texts(statement.funcname).slice(-1) });
  underDefinitions(scope, changes, entry.verb);
  entry.flow.session.push({
    kind: 'ddl',
    changes,
    functions: madeForText(entry, statement),
  });
}

/**
 * A function of the session's own that takes nothing is the one that `pg_temp.name()` means from here on. Whatever else has
 * the name takes more than that, or is replaced.
 */
function madeForText(entry: Entry, statement: CreateFunctionStmt): CatalogueFunction[] {
  const [name = '', schema] = texts(statement.funcname).reverse();
  const takes = parametersOf(statement).some(
    ({ mode }) => mode !== 'FUNC_PARAM_OUT' && mode !== 'FUNC_PARAM_TABLE',
  );
  if (schema !== 'pg_temp' || entry.parent !== null || takes || statement.is_procedure === true) return [];
  const language = options(statement.options).find((option) => option.defname === 'language');
  return [
    {
      schema,
      name,
      volatility: 'volatile',
      language: languageOf(language),
      kind: 'function',
      arguments: { least: 0, most: 0 },
      definition: entry.text,
    },
  ];
}
