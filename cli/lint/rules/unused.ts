/** Declarations that nothing reads. */
import type { Core, CoreModifier, DocumentNode, HelperGroup, Program } from '../../../src/engine/core.js';
import { Source } from '../../../grammar/source.js';
import { framesOf } from '../frame.js';
import { defineRule } from '../rule.js';

interface Read {
  readonly groups: ReadonlySet<HelperGroup>;
  /** Paths of documents. */
  readonly documents: readonly (readonly string[])[];
}

function readIn(program: Program): Read {
  const groups = new Set<HelperGroup>();
  const documents: (readonly string[])[] = [];
  const modifier = (one: CoreModifier): void => {
    if (one.target !== 'function') return;
    for (const callee of [one.callee, ...('function' in one.value ? [one.value.function] : [])])
      if ('clauses' in callee) groups.add(callee);
  };
  const enter = (core: Core): void => {
    if (core.kind === 'rule') groups.add(core.rule);
    if (core.kind === 'call' && 'clauses' in core.callee) groups.add(core.callee);
    if (core.kind === 'with') core.modifiers.forEach(modifier);
    if (core.kind !== 'document') return;
    documents.push(core.document.path);
    for (const group of groupsBelow(core.document)) groups.add(group);
  };
  for (const { cores, owner } of framesOf(program)) {
    cores.forEach(enter);
    if ('givens' in owner) {
      owner.givens.forEach(modifier);
      for (const row of owner.rows) if (row.kind === 'command') row.modifiers.forEach(modifier);
    }
  }
  return { groups, documents };
}

function groupsBelow(document: DocumentNode): HelperGroup[] {
  const own = document.rule === null ? [] : [document.rule];
  return [...own, ...[...document.children.values()].flatMap(groupsBelow)];
}

export const unusedHelper = defineRule({
  id: 'unused-helper',
  category: 'bug',
  level: 'warning',
  doc: 'A helper rule is used by some rule.',
  whole: true,
  needsMeaning: true,
  check: ({ meaning }, report) => {
    if (meaning === null) return;
    const { groups } = readIn(meaning.program);
    for (const group of meaning.program.helpers) {
      const name = group.path.at(-1)!;
      const applies = group.source.text.startsWith('applies', group.span.start);
      if (groups.has(group) || applies || name.startsWith('test_')) continue;
      report({
        source: group.source,
        span: group.span,
        message: `nothing reads \`${group.name}\``,
        help: 'delete it, or use it where it was meant to be used',
      });
    }
  },
});

export const unusedData = defineRule({
  id: 'unused-data',
  category: 'style',
  level: 'warning',
  doc: 'A data file is used by some rule.',
  whole: true,
  needsMeaning: true,
  check: ({ meaning, dataFiles, modules }, report) => {
    if (meaning === null) return;
    const { documents } = readIn(meaning.program);
    const tagged = modules.some(({ statements }) =>
      statements.some(
        (rule) =>
          rule.kind === 'decision-rule' &&
          rule.effect === 'mask' &&
          rule.selectors.some(({ by }) => by === 'tagged'),
      ),
    );
    // Masks by tag read `data.catalogue` without naming it.
    const read = tagged ? [...documents, ['catalogue']] : documents;
    for (const { file, path } of dataFiles) {
      if (path.length === 0 || read.some((one) => agree(one, path))) continue;
      report({
        source: new Source(file, ''),
        span: { start: 0, end: 0 },
        message: `no rule reads \`data.${path.join('.')}\``,
        help: 'remove it from the folder `data`, or use it where it was meant to be used',
      });
    }
  },
});

/** Whether one path is a prefix of the other. */
function agree(one: readonly string[], other: readonly string[]): boolean {
  return one.every((step, index) => index >= other.length || other[index] === step);
}
