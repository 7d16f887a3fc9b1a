/** Names below `data`: rules of packages, and what data files hold. */
import type { Checker } from './checker.js';
import { reportAt } from './checker.js';
import { reportMissingData } from './check-step.js';
import type { Core, DocumentNode } from './core.js';
import { documentAt } from './document.js';
import { didYouMean } from './nearest.js';
import { json, type Type } from './schema.js';
import { namesFor } from './scope.js';
import { isObject } from './value.js';
import { typeOfData } from './value-type.js';

const dataTypes = new WeakMap<DocumentNode, Type>();

export function checkDocument(checker: Checker, core: Core & { kind: 'document' }): Type {
  const { document } = core;
  if (document.virtual) return isDecision(document) ? { kind: 'boolean' } : json;
  if (document.data !== undefined) return typeOfDocument(document);
  if (document.path.length > 0) reportMissing(checker, core);
  return json;
}

/** A decision rule is true where it fired. */
function isDecision(document: DocumentNode): boolean {
  return document.decisions.length > 0 && document.rule === null && document.children.size === 0;
}

function typeOfDocument(document: DocumentNode): Type {
  let type = dataTypes.get(document);
  if (type === undefined) dataTypes.set(document, (type = typeOfData(document.data!)));
  return type;
}

/** A name that neither a rule nor a data file has. */
function reportMissing(checker: Checker, core: Core & { kind: 'document' }): void {
  const { path } = core.document;
  const parent = documentAt(checker.world.documents, path.slice(0, -1));
  const name = path.at(-1)!;
  if (holdsRules(parent)) {
    const names = namesFor(checker.world, () => rulesOf(parent));
    const message = `\`${parent.path.join('.')}\` has no rule \`${name}\``;
    reportAt(checker, { code: 'unknown-rule', message, ...didYouMean(name, names) }, core);
  } else if (isObject(parent.data) && parent.path.length > 0) {
    const { data } = parent;
    reportMissingData(checker, core, core, name, [...namesFor(checker.world, () => Object.keys(data))]);
  }
}

function holdsRules(document: DocumentNode): boolean {
  for (const { rule, decisions } of document.children.values())
    if (rule !== null || decisions.length > 0) return true;
  return false;
}

function rulesOf(document: DocumentNode): string[] {
  return [...document.children].filter(([, child]) => child.virtual).map(([key]) => key);
}
