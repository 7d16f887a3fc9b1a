/**
 * Inline ignores: `# lint:ignore <id> <reason>`.
 *
 * At the end of a line it covers what begins on that line. Alone on a line, it covers what begins on the next line that is not only a comment: above a rule, the whole rule.
 */
import type { Comment, Module } from '../../grammar/ast.js';
import type { Source, Span } from '../../grammar/source.js';
import { didYouMean } from '../../src/values/nearest.js';
import { removeLine } from './edit.js';
import { groupBy } from './grouping.js';
import type { LintFinding } from './finding.js';
import type { LintRule, LintSet, Reported } from './rule.js';

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

/** Findings without the ignored ones, and problems of the ignores themselves. */
export function settleIgnores(
  findings: readonly LintFinding[],
  set: LintSet,
  rules: readonly LintRule[],
): Settled {
  const ignores = set.modules.flatMap((module) => ignoresOf(module, set));
  const byRule = groupBy(ignores, ({ module, id }) => keyOf(module.source, id));
  const left = findings.filter((finding) => {
    const ofRule = byRule.get(keyOf(finding.source, finding.code)) ?? [];
    const covering = ofRule.filter(({ covers }) => isWithin(finding.span.start, covers));
    for (const ignore of covering) ignore.used = true;
    return covering.every(({ reason }) => reason === '');
  });
  return {
    findings: left,
    withoutReason: ignores.filter(({ reason }) => reason === '').map(lacksReason),
    unused: ignores.flatMap((ignore) => unused(ignore, set, rules)),
  };
}

function keyOf({ path }: Source, id: string): string {
  return `${id} ${path}`;
}

function isWithin(offset: number, { start, end }: Span): boolean {
  return offset >= start && offset <= end;
}

function ignoresOf(module: Module, set: LintSet): Ignore[] {
  const found = module.comments.flatMap((comment) => {
    const match = comment.doc ? null : form.exec(comment.text);
    return match === null ? [] : [{ comment, id: match[1] ?? '', reason: (match[2] ?? '').trim() }];
  });
  if (found.length === 0) return [];
  const lines = coveredLines(module, set);
  return found.map((one) => {
    const { line } = module.source.position(one.comment.span.start);
    return { module, ...one, covers: lines[line - 1]!, used: false };
  });
}

/** For each line: what an ignore on it covers. Computed from below, because a comment line covers what the next line does. */
function coveredLines(module: Module, set: LintSet): readonly Span[] {
  const ends = endsByLine(module, set);
  const lines = module.source.text.split('\n');
  const covered: Span[] = [];
  let start = module.source.text.length + 1;
  for (let index = lines.length - 1; index >= 0; index--) {
    const line = lines[index]!;
    start -= line.length + 1;
    const own = { start, end: Math.max(start + line.length, ends.get(index + 1) ?? 0) };
    covered[index] = (/^\s*#/.test(line) ? covered[index + 1] : undefined) ?? own;
  }
  return covered;
}

/** The end of the longest node that begins on a line. */
function endsByLine(module: Module, set: LintSet): ReadonlyMap<number, number> {
  const ends = new Map<number, number>();
  for (const { node } of set.nodes(module)) {
    const { line } = module.source.position(node.span.start);
    ends.set(line, Math.max(ends.get(line) ?? 0, node.span.end));
  }
  return ends;
}

function lacksReason({ module, comment, id }: Ignore): Reported {
  return {
    source: module.source,
    span: comment.span,
    message:
      id === '' ? 'the ignore does not name a lint rule' : `no reason is given for ignoring \`${id}\` here`,
    help: 'write `# lint:ignore <rule> <reason>`; without a reason it has no effect',
  };
}

/** If a rule is off, or needs the whole rule set, its ignores are not reported. */
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
    message: rule === undefined ? `there is no lint rule \`${id}\`` : `\`${id}\` finds nothing here`,
    ...(rule === undefined ? known : { help: 'delete the comment' }),
    fix: rule === undefined ? null : removeLine(module.source, comment.span, 'remove the comment'),
  };
  return [reported];
}
