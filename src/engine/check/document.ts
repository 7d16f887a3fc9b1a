/** Names below `data`: rules of packages, and what data files hold. */
import type { Checker } from './knowledge/checker.js';
import { reportAt } from './knowledge/checker.js';
import { reportMissingData } from './step.js';
import type { Core, DocumentNode } from '../core.js';
import { documentAt, isDecision, isTriedOut, lacksData } from '../document.js';
import { didYouMean } from '../../values/nearest.js';
import { json, type Type } from '../../values/schema.js';
import { namesFor } from '../resolve/scope.js';
import { isObject } from '../../values/value.js';
import { typeOfData } from './types/value-type.js';

const dataTypes = new WeakMap<DocumentNode, Type>();

export function checkDocument(checker: Checker, core: Core & { kind: 'document' }): Type {
  const { document } = core;
  if (isTriedOut(document) && checker.asked.decides) reportShadow(checker, core);
  if (document.virtual) return isDecision(document) ? { kind: 'boolean' } : json;
  if (document.data !== undefined) return checker.mocked ? json : typeOfDocument(document);
  if (lacksData(document)) reportMissing(checker, core);
  return json;
}

function reportShadow(checker: Checker, core: Core & { kind: 'document' }): void {
  const { id } = core.document.decisions[0]!;
  const message = `\`${id}\` is a shadow rule, which takes no part in decisions, and this one would let it`;
  const help = 'put its conditions into a helper rule that both read, or take `shadow` away';
  reportAt(checker, { code: 'shadow-read', message, help }, core);
}

function typeOfDocument(document: DocumentNode): Type {
  let type = dataTypes.get(document);
  if (type === undefined) dataTypes.set(document, (type = typeOfData(document.data!)));
  return type;
}

/** A name that neither a rule nor a data file has: of a path, the first step that leads nowhere. */
function reportMissing(checker: Checker, core: Core & { kind: 'document' }): void {
  const { path } = core.document;
  let parent = checker.world.documents;
  for (const [i, name] of path.entries()) {
    const here = parent;
    const child = documentAt(here, [name]);
    if (child.virtual || child.data !== undefined) {
      parent = child;
      continue;
    }
    if (holdsRules(here)) reportMissingRule(checker, core, here, name);
    else if (!checker.mocked) {
      const { data } = here;
      const known = namesFor(checker.world, () => [
        ...(isObject(data) ? Object.keys(data) : []),
        ...virtualNames(here),
      ]);
      reportMissingData(checker, core, core, { name, at: path.slice(0, i) }, [...known]);
    }
    return;
  }
}

function reportMissingRule(checker: Checker, core: Core, parent: DocumentNode, name: string): void {
  const names = namesFor(checker.world, () => virtualNames(parent));
  const message = `\`${parent.path.join('.')}\` has no rule \`${name}\``;
  reportAt(checker, { code: 'unknown-rule', message, ...didYouMean(name, names) }, core);
}

function virtualNames(document: DocumentNode): string[] {
  return [...document.children].filter(([, child]) => child.virtual).map(([key]) => key);
}

function holdsRules(document: DocumentNode): boolean {
  for (const { rule, decisions } of document.children.values())
    if (rule !== null || decisions.length > 0) return true;
  return false;
}
