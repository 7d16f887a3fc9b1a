/**
 * Inline ignores: `# lint:ignore <id> <reason>`.
 *
 * Behind a line it is about what begins on that line; alone on a line, about what begins on the next line that holds
 * more than a comment: a whole rule where it stands above one.
 */
import type { Comment, Module } from '../../grammar/ast.js';
import type { Span } from '../../grammar/source.js';
import { didYouMean } from '../../src/engine/nearest.js';
import { removeLine } from './edit.js';
import type { LintFinding } from './finding.js';
import type { LintRule, LintSet } from './rule.js';
import type { Reported } from './rule.js';

interface Ignore {
  readonly module: Module;
  readonly comment: Comment;
  readonly id: string;
  readonly reason: string;
  readonly covers: Span;
  used: boolean;
}

const form = /^\s*lint:ignore\b[ \t]*(\S*)[ \t]*(.*)$/;

export interface Settled {
  /** What is left. */
  readonly findings: readonly LintFinding[];
  readonly withoutReason: readonly Reported[];
  readonly unused: readonly Reported[];
}

/** Findings without the ignored ones, and what is wrong with the ignores themselves. */
export function settleIgnores(
  findings: readonly LintFinding[],
  set: LintSet,
  rules: readonly LintRule[],
): Settled {
  const ignores = set.modules.flatMap((module) => ignoresOf(module, set));
  const left = findings.filter((finding) => {
    const covering = ignores.filter((ignore) => covers(ignore, finding));
    for (const ignore of covering) ignore.used = true;
    return covering.every(({ reason }) => reason === '');
  });
  return {
    findings: left,
    withoutReason: ignores.filter(({ reason }) => reason === '').map(lacksReason),
    unused: ignores.flatMap((ignore) => unused(ignore, set, rules)),
  };
}

function covers({ module, id, covers: span }: Ignore, finding: LintFinding): boolean {
  const { start } = finding.span;
  return finding.source === module.source && finding.code === id && start >= span.start && start <= span.end;
}

function ignoresOf(module: Module, set: LintSet): Ignore[] {
  return module.comments.flatMap((comment): Ignore[] => {
    const found = comment.doc ? null : form.exec(comment.text);
    if (found === null) return [];
    const [, id = '', reason = ''] = found;
    return [
      { module, comment, id, reason: reason.trim(), covers: coverage(module, comment, set), used: false },
    ];
  });
}

function coverage(module: Module, comment: Comment, set: LintSet): Span {
  const { source } = module;
  let line = source.position(comment.span.start).line;
  if (/^\s*#/.test(source.line(line))) {
    do line++;
    while (/^\s*#/.test(source.line(line)));
  }
  const start = lineStart(module, line);
  let end = start + source.line(line).length;
  for (const { node } of set.nodes(module)) {
    if (node.span.start >= start && node.span.start <= start + source.line(line).length)
      end = Math.max(end, node.span.end);
  }
  return { start, end };
}

function lineStart({ source }: Module, line: number): number {
  let low = 0;
  let high = source.text.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (source.position(middle).line < line) low = middle + 1;
    else high = middle;
  }
  return low;
}

function lacksReason({ module, comment, id }: Ignore): Reported {
  return {
    source: module.source,
    span: comment.span,
    message: id === '' ? 'the ignore names no lint rule' : `nothing says why \`${id}\` is ignored here`,
    help: 'write `# lint:ignore <rule> <reason>`; without a reason it ignores nothing',
  };
}

/** Where a rule is off, or needs the whole rule set to say anything, its ignores are left in peace. */
function unused({ module, comment, id, reason, used }: Ignore, set: LintSet, rules: readonly LintRule[]) {
  if (used || reason === '') return [];
  const rule = rules.find((one) => one.id === id);
  const silent =
    rule !== undefined &&
    ((set.config.rules.get(id)?.level ?? rule.level) === 'off' || (rule.whole === true && !set.whole));
  if (silent || (rule?.needsMeaning === true && set.meaning === null)) return [];
  const known = didYouMean(
    id,
    rules.map((one) => one.id),
  );
  const reported: Reported = {
    source: module.source,
    span: comment.span,
    message:
      rule === undefined ? `there is no lint rule \`${id}\`` : `there is nothing here that \`${id}\` finds`,
    ...(rule === undefined ? known : { help: 'take the comment out' }),
    fix: rule === undefined ? null : removeLine(module.source, comment.span, 'remove the comment'),
  };
  return [reported];
}
