/** The clauses of decision rules, and complete rules that contradict themselves. */
import type { DecisionRule, MaskRule } from '../../grammar/ast.js';
import type { DecisionGroup, HelperGroup, Program } from './core.js';
import type { Finding, World } from './scope.js';
import { didYouMean } from './nearest.js';
import { compare } from './value.js';
import type { Span } from '../../grammar/source.js';

type Report = (finding: Finding, span: Span) => void;

export function checkRules(program: Program, world: World): void {
  for (const group of program.decisions) {
    for (const clause of group.clauses) {
      const report: Report = (finding, span) =>
        world.diagnostics.push({ severity: 'error', ...finding, span, source: clause.source });
      checkClauses(clause.written, report, world);
    }
    checkName(group, world);
  }
  for (const group of program.helpers) checkOverlap(group, world);
}

function checkClauses(written: DecisionRule, report: Report, world: World): void {
  switch (written.effect) {
    case 'allow':
    case 'deny':
      return;
    case 'review': {
      const { quorum, within } = written;
      if (quorum !== null && !isCount(quorum.text, 1))
        report(
          { code: 'bad-quorum', message: 'a quorum is a whole number of people, at least 1' },
          quorum.span,
        );
      if (within !== null && within.nanoseconds <= 0)
        report({ code: 'bad-within', message: 'a review needs some time' }, within.span);
      return;
    }
    case 'limit':
      if (!isCount(written.amount.text, 0))
        report({ code: 'bad-limit', message: 'a limit is a whole number' }, written.amount.span);
      return;
    case 'mask':
      checkMask(written, report, world);
  }
}

function isCount(text: string, least: number): boolean {
  const count = Number(text);
  return Number.isSafeInteger(count) && count >= least;
}

function checkMask(written: MaskRule, report: Report, { schema: { detectors } }: World): void {
  const { name, argument } = written.method;
  if (name === 'partial' && argument?.kind === 'number' && !isCount(argument.text, 0))
    report({ code: 'bad-method', message: '`partial` keeps a whole number of characters' }, argument.span);
  for (const selector of written.selectors) {
    if (selector.by === 'column' && !isColumn(selector.value)) {
      const help = 'write `table.column` or `schema.table.column`; `*` stands for a whole part';
      report(
        { code: 'bad-selector', message: `\`${selector.value}\` does not name a column`, help },
        selector.span,
      );
    }
    if (selector.by === 'pattern' && detectors !== undefined && !Object.hasOwn(detectors, selector.value)) {
      const help = didYouMean(selector.value, Object.keys(detectors));
      report(
        { code: 'unknown-detector', message: `there is no detector \`${selector.value}\``, ...help },
        selector.span,
      );
    }
  }
}

function isColumn(value: string): boolean {
  const parts = value.split('.');
  return (
    (parts.length === 2 || parts.length === 3) && parts.every((part) => part === '*' || /^[^*]+$/.test(part))
  );
}

/** A package and a decision rule cannot both be at a path: the rule's document would hide the package. */
function checkName(group: DecisionGroup, world: World): void {
  let node = world.documents;
  for (const key of group.path) node = node.children.get(key)!;
  const below = [...node.children.values()].find((child) => child.virtual);
  if (below === undefined) return;
  world.diagnostics.push({
    code: 'conflicting-rules',
    severity: 'error',
    message: `\`${group.id}\` is a rule, and \`${below.path.join('.')}\` stands below it`,
    span: group.span,
    source: group.source,
    help: 'rename one of them',
  });
}

/** `p := 1` and `p := 2`, both without conditions. */
function checkOverlap(group: HelperGroup, world: World): void {
  if (group.kind !== 'complete') return;
  const fixed = group.clauses.filter(({ branches }) => branches[0]!.body.literals.length === 0);
  const [first, ...rest] = fixed.map((clause) => ({ clause, value: clause.branches[0]!.value }));
  for (const { clause, value } of rest) {
    if (first?.value.kind !== 'constant' || value.kind !== 'constant') continue;
    if (compare(first.value.value, value.value) === 0) continue;
    const line = first.clause.source.position(first.clause.span.start).line;
    world.diagnostics.push({
      code: 'two-values',
      severity: 'error',
      message: `\`${group.name}\` has another value at ${first.clause.source.path}:${line}`,
      span: clause.span,
      source: clause.source,
      help: 'a rule has one value at a time: add conditions, or `else`',
    });
  }
}
