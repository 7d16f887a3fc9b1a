/** Another name for a rule, a variable or an alias, everywhere at once. */
import {
  ResponseError,
  ErrorCodes,
  type Range,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import { createLexer } from '../../../grammar/tokens.js';
import { isPackage, isRule } from '../analysis/declarations.js';
import type { Entity, Occurrence } from '../analysis/entity.js';
import { nameAt, placesOf } from './navigation.js';
import { rangeOf } from '../workspace/parsed-file.js';
import type { RuleSet } from '../workspace/rule-set.js';

function refused(message: string): ResponseError {
  return new ResponseError(ErrorCodes.InvalidRequest, message);
}

/** The entity to be renamed; if nothing can be, throws what the editor shows. */
export function prepareRename(
  ruleSet: RuleSet,
  path: string,
  offset: number,
): { range: Range; placeholder: string } {
  const { span } = renamed(ruleSet, path, offset);
  const { document } = ruleSet.files.get(path)!.file;
  const range = rangeOf(document, span);
  return { range, placeholder: document.getText(range) };
}

export function rename(ruleSet: RuleSet, path: string, offset: number, name: string): WorkspaceEdit {
  const occurrence = renamed(ruleSet, path, offset);
  const problem = problemOf(ruleSet, path, occurrence.entity, name);
  if (problem !== null) throw refused(problem);
  const changes: Record<string, TextEdit[]> = {};
  for (const place of placesOf(ruleSet, path, occurrence)) {
    const { document } = ruleSet.files.get(place.path)!.file;
    (changes[document.uri] ??= []).push({ range: rangeOf(document, place.span), newText: name });
  }
  return { changes };
}

function renamed(ruleSet: RuleSet, path: string, offset: number): Occurrence {
  const occurrence = nameAt(ruleSet, path, offset);
  if (occurrence === null) throw refused('there is not a name here');
  const broken = [...ruleSet.files.values()].find(({ file }) => !file.whole);
  if (broken !== undefined)
    throw refused(`\`${broken.file.path}\` does not parse, so names in it would be missed`);
  refuseKind(ruleSet, occurrence);
  return occurrence;
}

function refuseKind(ruleSet: RuleSet, { entity }: Occurrence): void {
  switch (entity.kind) {
    case 'fact':
      throw refused(`\`${entity.path}\` is a fact, which cannot be renamed`);
    case 'builtin':
      throw refused(`\`${entity.builtin.name}\` is a builtin, which cannot be renamed`);
    case 'detector':
    case 'method':
      throw refused(`\`${entity.name}\` is a keyword, which cannot be renamed`);
    case 'package':
    case 'data':
      throw refused(`\`data.${entity.path.join('.')}\` is named after its files: rename those`);
    case 'import':
      if (!entity.aliased) throw refused(`\`${entity.name}\` takes its name from the import: add \`as\``);
      return;
    case 'rule': {
      const bodies = ruleSet.names.declarations.rules.get(entity.path.join('.')) ?? [];
      const unnamed = bodies.some(
        ({ kind, name, source }) => kind === 'allow' && isUnnamed(source.text, name.start),
      );
      if (unnamed) throw refused('an `allow` without a name cannot be renamed: add a name first');
      return;
    }
    case 'local':
      return;
  }
}

/** Its keyword stands for its name. */
function isUnnamed(text: string, at: number): boolean {
  return text.startsWith('allow', at) && !/allow\s+$/.test(text.slice(Math.max(0, at - 40), at));
}

let lexer: ReturnType<typeof createLexer> | undefined;

/** Soft keywords name things as well; reserved words, facts and functions do not. */
function problemOf(ruleSet: RuleSet, path: string, entity: Entity, name: string): string | null {
  lexer ??= createLexer();
  const [token, ...more] = lexer.tokenize(name).tokens;
  const isName =
    token?.tokenType.name === 'Identifier' ||
    token?.tokenType.CATEGORIES?.some((one) => one.name === 'Name') === true;
  if (!isName || more.length > 0 || token.image !== name || name === '_') return `\`${name}\` is not a name`;
  const { schema, builtins, declarations } = ruleSet.names;
  const taken =
    Object.hasOwn(schema.roots, name) || builtins.has(name) || name === 'input' || name === 'data';
  if (taken) return `\`${name}\` is a predeclared name`;
  if (entity.kind === 'rule') {
    const target = [...entity.path.slice(0, -1), name];
    if (isRule(declarations, target) || isPackage(declarations, target))
      return `\`data.${target.join('.')}\` already exists`;
  }
  const here = ruleSet.occurrences(path).some((one) => namesOf(one.entity) === name);
  return here ? `\`${name}\` already means something else in this file` : null;
}

function namesOf(entity: Entity): string | null {
  if (entity.kind === 'local' || entity.kind === 'import') return entity.name;
  return entity.kind === 'rule' ? entity.path.at(-1)! : null;
}
