/** How rules use facts. */
import type { CallCore, Core } from '../../../src/engine/core.js';
import { decisionFrames, factOf, framesOf, type Bindings, type Frame } from '../frame.js';
import { defineRule } from '../rule.js';

/** Comparisons of a value with literals: `==`, `!=`, `in {…}`. */
interface Comparison {
  readonly value: Core;
  readonly literals: readonly { readonly core: Core; readonly text: string }[];
}

function comparisonsOf({ cores }: Frame): Comparison[] {
  return cores.flatMap((core): Comparison[] => {
    if (core.kind === 'membership' && core.key === null) {
      const { value, collection } = core;
      if (collection.kind === 'set' || collection.kind === 'array')
        return [{ value, literals: collection.elements.flatMap(literal) }];
      return literal(value).length > 0 ? [{ value: collection, literals: literal(value) }] : [];
    }
    if (core.kind !== 'binary' || (core.operator !== '==' && core.operator !== '!=')) return [];
    return [
      { value: core.left, literals: literal(core.right) },
      { value: core.right, literals: literal(core.left) },
    ];
  });
}

function literal(core: Core): Comparison['literals'] {
  return core.kind === 'constant' && typeof core.value === 'string' ? [{ core, text: core.value }] : [];
}

const subjects = new Set([
  'identity subject',
  'identity name',
  'identity claims sub',
  'identity claims email',
  'identity claims preferred_username',
  'identity claims upn',
]);

export const hardCodedSubject = defineRule({
  id: 'hard-coded-subject',
  category: 'security',
  level: 'warning',
  doc: 'Rules name groups, not people.',
  needsMeaning: true,
  check: ({ meaning }, report) => {
    for (const frame of meaning === null ? [] : framesOf(meaning.program)) {
      if (frame.owner.source.path.endsWith('_test.rules')) continue;
      for (const { value, literals } of comparisonsOf(frame)) {
        const path = factOf(value, frame.bindings);
        const [first] = literals;
        if (path === null || first === undefined || !subjects.has(path.join(' '))) continue;
        report({
          source: first.core.source,
          span: first.core.span,
          message: `\`${first.text}\` is one ${path.at(-1) === 'subject' || path.at(-1) === 'sub' ? 'subject' : 'name'}, written into a rule`,
          help: 'require a group (`"release" in identity.groups`), or keep the list in a data file',
        });
      }
    }
  },
});

export const openEndedTime = defineRule({
  id: 'open-ended-time',
  category: 'bug',
  level: 'warning',
  doc: 'A rule about time has a beginning and an end.',
  needsMeaning: true,
  check: ({ meaning }, report) => {
    for (const frame of meaning === null ? [] : decisionFrames(meaning.program)) {
      const bounds = frame.cores.flatMap((core) => boundOf(core, frame.bindings));
      const [first] = bounds;
      if (first === undefined || bounds.some(({ from }) => from !== first.from)) continue;
      report({
        source: first.core.source,
        span: first.core.span,
        message: first.from
          ? 'the rule holds forever after that time'
          : 'the rule holds at all times before that',
        help: `say ${first.from ? 'until' : 'from'} when too: \`now ${first.from ? '<' : '>='} …\``,
      });
    }
  },
});

/** A comparison of the time itself with a point in time; an age is not one. */
function boundOf(core: Core, bindings: Bindings) {
  if (core.kind !== 'binary' || !/^[<>]=?$/.test(core.operator)) return [];
  const left = isNow(core.left, bindings);
  if (left === isNow(core.right, bindings)) return [];
  return [{ core, from: core.operator.startsWith('>') === left }];
}

function isNow(core: Core, bindings: Bindings): boolean {
  if (core.kind === 'binary' && (core.operator === '+' || core.operator === '-'))
    return isNow(core.left, bindings) && core.right.kind === 'constant';
  return factOf(core, bindings)?.join(' ') === 'now';
}

export const formatArguments = defineRule({
  id: 'format-arguments',
  category: 'bug',
  level: 'error',
  doc: '`sprintf` gets as many values as its format has verbs.',
  needsMeaning: true,
  check: ({ meaning }, report) => {
    for (const { cores } of meaning === null ? [] : framesOf(meaning.program)) {
      for (const core of cores) {
        if (core.kind !== 'call' || 'clauses' in core.callee || core.callee.name !== 'sprintf') continue;
        const counts = formatCounts(core);
        if (counts === null || counts.verbs === counts.values) continue;
        report({
          source: core.source,
          span: core.span,
          message: `the format has ${counts.verbs} verbs, and there are ${counts.values} values`,
          help: 'a template string avoids counting: `$"{x} on {y}"`',
        });
      }
    }
  },
});

function formatCounts(call: CallCore) {
  const [format, values] = call.arguments;
  if (format?.kind !== 'constant' || typeof format.value !== 'string') return null;
  const text = format.value.replaceAll('%%', '');
  // Explicit indexes, and widths from arguments, count in another way.
  if (/%[^a-zA-Z%]*[[*]/.test(text)) return null;
  const verbs = text.match(/%[^a-zA-Z%]*[a-zA-Z]/g)?.length ?? 0;
  if (values?.kind === 'array') return { verbs, values: values.elements.length };
  const constant = values?.kind === 'constant' && Array.isArray(values.value) ? values.value.length : null;
  return constant === null ? null : { verbs, values: constant };
}
