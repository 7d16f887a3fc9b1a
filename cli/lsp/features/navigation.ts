/** From a name to where it is declared, and to everywhere else that it stands. */
import type { Location } from 'vscode-languageserver';
import type { Span } from '../../../grammar/source.js';
import { identityOf, type Entity, type Occurrence } from '../analysis/entity.js';
import { occurrenceAt } from '../analysis/occurrences.js';
import { rangeOf } from '../workspace/parsed-file.js';
import type { RuleSet } from '../workspace/rule-set.js';
import { uriOf } from '../workspace/workspace.js';

/** A name at its place. */
export interface Placed {
  readonly path: string;
  readonly span: Span;
  readonly declares: boolean;
}

export function nameAt(ruleSet: RuleSet, path: string, offset: number): Occurrence | null {
  return occurrenceAt(ruleSet.occurrences(path), offset);
}

export function definitionOf(ruleSet: RuleSet, path: string, { entity }: Occurrence): Location[] {
  const { declarations } = ruleSet.names;
  switch (entity.kind) {
    case 'rule': {
      const bodies = declarations.rules.get(entity.path.join('.')) ?? [];
      return bodies.flatMap(({ source, name }) => locate(ruleSet, source.path, name));
    }
    case 'package':
      return packageOf(ruleSet, entity.path);
    case 'data':
      return dataFileOf(ruleSet, entity.path);
    case 'import':
      return imported(ruleSet, path, entity);
    case 'local': {
      const span = { start: entity.at, end: entity.at + entity.name.length };
      return locate(ruleSet, path, span);
    }
    case 'fact':
    case 'builtin':
    case 'detector':
    case 'method':
      return [];
  }
}

function packageOf(ruleSet: RuleSet, path: readonly string[]): Location[] {
  const modules = ruleSet.names.declarations.packages.get(path.join('.')) ?? [];
  return modules.flatMap((module) => locate(ruleSet, module.source.path, module.package.span));
}

/** The imported declaration, if it is in a file of the rule set; otherwise the import itself. */
function imported(ruleSet: RuleSet, path: string, entity: Entity & { kind: 'import' }): Location[] {
  const [root, ...rest] = entity.path;
  const rules = root === 'data' ? (ruleSet.names.declarations.rules.get(rest.join('.')) ?? []) : [];
  const found = [
    ...rules.flatMap(({ source, name }) => locate(ruleSet, source.path, name)),
    ...(root === 'data' ? [...packageOf(ruleSet, rest), ...dataFileOf(ruleSet, rest)] : []),
  ];
  if (found.length > 0) return found;
  const clause = ruleSet.files
    .get(path)
    ?.file.module?.imports.find(({ path: own, alias }) => (alias?.name ?? own.at(-1)) === entity.name);
  return clause === undefined ? [] : locate(ruleSet, path, clause.span);
}

/** The file whose path is the longest prefix of the path. */
function dataFileOf({ data }: Pick<RuleSet, 'data'>, path: readonly string[]): Location[] {
  const above = data.places.filter((place) => place.path.every((part, index) => path[index] === part));
  const best = above.toSorted((one, other) => other.path.length - one.path.length)[0];
  if (best === undefined) return [];
  const start = { line: 0, character: 0 };
  return [{ uri: uriOf(best.file), range: { start, end: start } }];
}

function locate({ files }: Pick<RuleSet, 'files'>, path: string, span: Span): Location[] {
  const document = files.get(path)?.file.document;
  return document === undefined ? [] : [{ uri: document.uri, range: rangeOf(document, span) }];
}

/** Every place of the same name, in all files of the rule set. */
export function placesOf(ruleSet: RuleSet, path: string, { entity }: Occurrence): readonly Placed[] {
  const wanted = identityOf(entity, path);
  return [...ruleSet.files.keys()].flatMap((file) =>
    ruleSet
      .occurrences(file)
      .filter((one) => identityOf(one.entity, file) === wanted)
      .map(({ span, declares }) => ({ path: file, span, declares })),
  );
}

export function toLocations(ruleSet: RuleSet, places: readonly Placed[]): Location[] {
  return places.flatMap(({ path, span }) => locate(ruleSet, path, span));
}
