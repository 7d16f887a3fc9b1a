/** The clauses of decision rules: what they say beside their bodies. */
import type { DecisionRule, MaskRule } from '../../../grammar/ast.js';
import type { DecisionGroup, Program } from '../core.js';
import type { Finding, World } from '../resolve/scope.js';
import type { Span } from '../../../grammar/source.js';

type Report = (finding: Finding, span: Span) => void;

export function checkRules(program: Program, world: World): void {
  for (const group of program.decisions) {
    for (const clause of group.clauses) {
      const report: Report = (finding, span) =>
        world.diagnostics.push({ severity: 'error', ...finding, span, source: clause.source });
      checkClauses(clause.written, report);
    }
    checkName(group, world);
  }
}

function checkClauses(written: DecisionRule, report: Report): void {
  switch (written.effect) {
    case 'allow':
    case 'deny':
      return;
    case 'review': {
      const { quorum, within } = written;
      if (quorum !== null && !isCount(quorum.text, 1))
        report(
          {
            code: 'bad-quorum',
            message: 'a quorum is a whole number of people, at least 1',
            help: 'write `quorum 2`, or leave it out for 1',
          },
          quorum.span,
        );
      if (within !== null && within.nanoseconds <= 0)
        report(
          {
            code: 'bad-within',
            message: 'a review needs some time',
            help: 'write `within 30m`, or leave it out for 15m',
          },
          within.span,
        );
      return;
    }
    case 'limit':
      if (!isCount(written.amount.text, 0))
        report(
          {
            code: 'bad-limit',
            message: 'a limit is a whole number',
            help: 'write `rows 1000`; the largest is 9007199254740991',
          },
          written.amount.span,
        );
      return;
    case 'mask':
      checkMethod(written, report);
  }
}

function isCount(text: string, least: number): boolean {
  const count = Number(text);
  return Number.isSafeInteger(count) && count >= least;
}

function checkMethod({ method: { name, argument } }: MaskRule, report: Report): void {
  if (name === 'partial' && argument?.kind === 'number' && !isCount(argument.text, 0))
    report(
      {
        code: 'bad-method',
        message: '`partial` keeps a whole number of characters',
        help: 'write `partial(4)`',
      },
      argument.span,
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
