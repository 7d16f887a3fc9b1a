/** Text for people: doc comments, reasons, notes. */
import type { DecisionRule, Reason } from '../../../grammar/ast.js';
import type { Span } from '../../../grammar/source.js';
import { defineRule, isTest } from '../rule.js';

function nameSpan(rule: DecisionRule): Span {
  return rule.name?.span ?? { start: rule.span.start, end: rule.span.start + rule.effect.length };
}

export const missingDoc = defineRule({
  id: 'missing-doc',
  category: 'style',
  level: 'warning',
  doc: 'A decision rule has a doc comment that says why it exists.',
  check: (set, report) => {
    for (const module of set.modules.filter((one) => !isTest(one))) {
      const documented = new Set<string>();
      for (const rule of module.statements) {
        if (rule.kind !== 'decision-rule') continue;
        const id = `${rule.effect} ${rule.name?.name ?? 'allow'}`;
        if (rule.doc !== null && rule.doc.trim() !== '') documented.add(id);
        // Further bodies of a rule share the comment of the first.
        if (documented.has(id)) continue;
        documented.add(id);
        report({
          source: module.source,
          span: nameSpan(rule),
          message: `\`${rule.name?.name ?? 'allow'}\` has no doc comment`,
          help: 'say above it, after `##`, why the rule exists and who asked for it',
        });
      }
    }
  },
});

/** Words that repeat the effect and do not say what to do. */
const hollow = new Set(
  (
    'a access an and be by command denied deny error forbidden is it need needed needs no not of ok policy prohibited ' +
    'reason refused rejected request required requires review reviewed rule statement test the this to unauthorized ' +
    'violation allow allowed blocked you are permitted permission'
  ).split(' '),
);

export const emptyReason = defineRule({
  id: 'empty-reason',
  category: 'style',
  level: 'warning',
  doc: 'The reason of a deny or review says what is wrong.',
  check: (set, report) => {
    for (const { statements, source } of set.modules) {
      for (const rule of statements) {
        if (rule.kind !== 'decision-rule' || (rule.effect !== 'deny' && rule.effect !== 'review')) continue;
        if (!saysNothing(rule.reason, rule.name?.name ?? '')) continue;
        report({
          source,
          span: rule.reason.span,
          message: 'the reason does not say what is wrong',
          help: 'the person whose command was denied reads it: say what was wrong and what to do instead',
        });
      }
    }
  },
});

/** A placeholder of a template is specific: it is about the current command. */
function saysNothing(reason: Reason, name: string): boolean {
  if (reason.kind === 'template') {
    if (reason.parts.some(({ kind }) => kind === 'hole')) return false;
    return hollowText(reason.parts.map((part) => (part.kind === 'text' ? part.value : '')).join(''), name);
  }
  return hollowText(reason.value, name);
}

function hollowText(text: string, name: string): boolean {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  const own = new Set(name.toLowerCase().split('_'));
  return words.every((word) => hollow.has(word) || own.has(word) || word === name.toLowerCase());
}

export const shadowWithoutDate = defineRule({
  id: 'shadow-without-date',
  category: 'style',
  level: 'warning',
  doc: 'A shadow rule says until when it stays a shadow.',
  check: (set, report) => {
    for (const module of set.modules.filter((one) => !isTest(one))) {
      for (const rule of module.statements) {
        if (rule.kind !== 'decision-rule' || !rule.shadow) continue;
        if (/\b\d{4}-\d{2}(-\d{2})?\b/.test(rule.doc ?? '')) continue;
        report({
          source: module.source,
          span: { start: rule.span.start, end: rule.span.start + 'shadow'.length },
          message: `no date says how long \`${rule.name?.name ?? 'allow'}\` stays a shadow`,
          help: 'add a date to its doc comment: `## Watched until 2027-03-01.`',
        });
      }
    }
  },
});

const notes = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HACK'].join('|')})\\b`, 'i');

export const postponed = defineRule({
  id: 'postponed-work',
  category: 'style',
  level: 'warning',
  doc: 'Active rules have no notes about unfinished work.',
  check: (set, report) => {
    for (const { comments, source } of set.modules) {
      for (const { text, span } of comments) {
        const found = notes.exec(text);
        if (found === null) continue;
        const start = span.start + source.text.slice(span.start, span.end).indexOf(found[0]);
        report({
          source,
          span: { start, end: start + found[0].length },
          message: `\`${found[0]}\` in an active rule`,
          help: 'finish it, or open an issue and name it here',
        });
      }
    }
  },
});
