/** Groups that rules name: whether any identity can have them. */
import type { Core } from '../../../src/engine/core.js';
import { didYouMean } from '../../../src/values/nearest.js';
import { isArray, isObject, ValueSet, type Maybe } from '../../../src/values/value.js';
import { factOf, framesOf } from '../frame.js';
import { defineRule, type LintSet } from '../rule.js';

export const unknownGroup = defineRule({
  id: 'unknown-group',
  category: 'bug',
  level: 'warning',
  doc: 'A group in a rule is one that some issuer can give.',
  needsMeaning: true,
  check: (set, report) => {
    const { meaning, groups } = set;
    if (meaning === null || groups === null) return;
    for (const { cores, bindings, owner } of framesOf(meaning.program)) {
      if (owner.source.path.endsWith('_test.rules') || 'givens' in owner) continue;
      for (const core of cores) {
        if (core.kind !== 'membership' || factOf(core.collection, bindings)?.join(' ') !== 'identity groups')
          continue;
        const { value } = core;
        if (value.kind !== 'constant' || typeof value.value !== 'string' || groups.canBe(value.value))
          continue;
        report({
          source: value.source,
          span: value.span,
          message: `no issuer gives the group \`${value.value}\``,
          ...(didYouMean(value.value, groups.fixed).help === undefined
            ? { help: '`identity.issuers[].groups` in `sallyport.yaml` defines which groups exist' }
            : didYouMean(value.value, groups.fixed)),
        });
      }
    }
  },
});

export const unreachableReviewer = defineRule({
  id: 'unreachable-reviewer',
  category: 'bug',
  level: 'error',
  doc: 'A review names groups that somebody can be in.',
  needsMeaning: true,
  check: (set, report) => {
    for (const group of set.meaning?.program.decisions ?? []) {
      for (const { by } of group.clauses) {
        const groups = by === null ? null : groupsIn(by, set);
        if (by === null || groups === null) continue;
        const missing = groups.filter((name) => !canBe(name, set));
        if (groups.length > 0 && missing.length < groups.length) continue;
        const shown = missing.map((name) => `\`${name}\``).join(' or ');
        report({
          source: by.source,
          span: by.span,
          message:
            groups.length === 0
              ? 'the review names no group, so nobody can approve it'
              : `no issuer gives the group ${shown}, so nobody can approve it`,
          help: 'name a group that tokens carry; `identity.issuers[].groups` in `sallyport.yaml` defines them',
        });
      }
    }
  },
});

/** The groups of a literal or of a data document; null if they depend on the command. */
function groupsIn(by: Core, { data }: LintSet): readonly string[] | null {
  if (by.kind === 'constant') return textsOf(by.value);
  if (by.kind === 'set' || by.kind === 'array') {
    const texts = by.elements.map((element) => (element.kind === 'constant' ? element.value : null));
    return texts.every((text) => typeof text === 'string') ? texts : null;
  }
  if (by.kind !== 'document' || by.document.virtual) return null;
  let value: Maybe = data;
  for (const key of by.document.path)
    value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value === undefined ? [] : textsOf(value);
}

function textsOf(value: Maybe): readonly string[] | null {
  const items = isArray(value) ? value : value instanceof ValueSet ? value.items : null;
  return items?.every((item) => typeof item === 'string') === true ? items : null;
}

function canBe(name: string, { groups }: LintSet): boolean {
  return groups === null || groups.canBe(name);
}
