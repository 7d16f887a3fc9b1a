/** Rules as text. */
import type {
  AppliesClause,
  Body,
  DecisionRule,
  DefaultRule,
  ElseBranch,
  HelperRule,
  Identifier,
  MaskMethod,
  PathStep,
  Pattern,
  Selector,
} from '../ast.js';
import { concat, group, hardLine, indent, join, line, trailing, type Layout } from './layout.js';
import { anywhere, breaksBetween, commentText, type Printer } from './context.js';
import { printBrackets, printStep } from './expression.js';
import { quote } from './text.js';

export function printApplies(p: Printer, clause: AppliesClause): Layout {
  return group(concat('applies', printConditions(p, clause.body, clause.unless)));
}

/** ` if …` stays on the line; ` unless …` follows a closing brace, and otherwise may go to the next line. */
function printConditions(p: Printer, body: Body | null, unless: Body | null): Layout {
  const condition = body === null ? '' : concat(' if ', p.body(body));
  if (unless === null) return condition;
  const between = body === null ? [] : claimBetween(p, body.span.end, unless.span.start);
  return concat(condition, printClause(p, body, between, concat('unless ', p.body(unless))));
}

interface Between {
  readonly text: string;
  /** On the line that ends the body above. */
  readonly beside: boolean;
}

/** Comments between two clauses stay there: they are about the clause below, or the one that has just ended. */
function claimBetween(p: Printer, start: number, end: number): Between[] {
  if (p.oneLine) return [];
  return p.comments.claim({ start, end }).map((comment) => ({
    text: commentText(comment),
    beside: !breaksBetween(p, start, comment.span.start),
  }));
}

/** `unless …` or `else …` after the body above it, with the comments that stand between the two. */
function printClause(p: Printer, above: Body | null, between: readonly Between[], clause: Layout): Layout {
  const braces = above?.braces === true;
  if (between.length === 0) return braces ? concat(' ', clause) : indent(concat(line, clause));
  const beside = between.filter((comment) => comment.beside).map(({ text }) => trailing(text));
  const own = between.filter((comment) => !comment.beside).flatMap(({ text }) => [text, hardLine]);
  const lines = concat(hardLine, ...own, clause);
  return concat(...beside, braces ? lines : indent(lines));
}

export function printDecisionRule(p: Printer, rule: DecisionRule): Layout {
  const name = rule.name === null ? '' : ` ${rule.name.name}`;
  const head = `${rule.shadow ? 'shadow ' : ''}${rule.effect}${name}`;
  return group(concat(head, printClauses(p, rule), printConditions(p, rule.body, rule.unless)));
}

function printClauses(p: Printer, rule: DecisionRule): Layout {
  switch (rule.effect) {
    case 'allow':
      return rule.reason === null ? '' : concat(' ', p.expression(rule.reason, anywhere));
    case 'deny':
      return concat(' ', p.expression(rule.reason, anywhere));
    case 'review': {
      const quorum = rule.quorum === null ? '' : ` quorum ${rule.quorum.text}`;
      const within = rule.within === null ? '' : ` within ${rule.within.text}`;
      const by = concat(' by ', p.expression(rule.by, anywhere));
      return concat(' ', p.expression(rule.reason, anywhere), by, quorum, within);
    }
    case 'mask': {
      const selectors = join(concat(',', line), printSelectors(rule.selectors));
      return group(concat(' ', indent(concat(selectors, line, 'with ', printMethod(p, rule.method)))));
    }
    case 'limit':
      return ` ${rule.unit} ${rule.amount.text}`;
  }
}

/** The word carries over the comma. */
function printSelectors(selectors: readonly Selector[]): Layout[] {
  return selectors.map(({ by, value }, index) => {
    const text = by === 'pattern' ? value : quote(value);
    return selectors[index - 1]?.by === by ? text : `${by} ${text}`;
  });
}

export function printMethod(p: Printer, { name, argument }: MaskMethod): Layout {
  return argument === null ? name : concat(name, '(', p.expression(argument, anywhere), ')');
}

export function printHelperRule(p: Printer, rule: HelperRule): Layout {
  const parts: Layout[] = [printHead(p, rule), printValueAndBody(p, rule.body)];
  let above = { body: rule.body, end: rule.body?.span.end ?? headEnd(rule) };
  for (const branch of rule.alternatives) {
    const between = claimBetween(p, above.end, branch.span.start);
    parts.push(printClause(p, above.body, between, printElse(p, branch)));
    above = { body: branch.body, end: branch.span.end };
  }
  return group(concat(...parts));
}

function printValueAndBody(p: Printer, body: Body | null): Layout {
  return body === null ? '' : concat(' if ', p.body(body));
}

function printHead(p: Printer, { name, path, head }: HelperRule): Layout {
  const reference = printPath(p, name.name, path);
  switch (head.kind) {
    case 'value':
      return head.value === null ? reference : concat(reference, ' := ', p.expression(head.value, anywhere));
    case 'function': {
      const signature = concat(reference, printParameters(p, head.parameters, pathEnd(name, path)));
      return head.value === null ? signature : concat(signature, ' := ', p.expression(head.value, anywhere));
    }
    case 'contains':
      return concat(reference, ' contains ', p.expression(head.element, anywhere));
  }
}

function headEnd({ name, path, head }: HelperRule): number {
  const value = head.kind === 'contains' ? head.element : head.value;
  return value?.span.end ?? pathEnd(name, path);
}

function printPath(p: Printer, name: string, path: readonly PathStep[]): Layout {
  return concat(name, ...path.map((step) => printStep(p, step)));
}

/** `from` is the end of the path before the parameters. */
function printParameters(p: Printer, parameters: readonly Pattern[], from: number): Layout {
  const items = parameters.map((parameter) => ({
    span: parameter.span,
    print: () => p.pattern(parameter, anywhere),
  }));
  const span = { start: from, end: parameters.at(-1)?.span.end ?? from };
  return printBrackets(p, '(', items, span, ')', '');
}

function pathEnd(name: Identifier, path: readonly PathStep[]): number {
  return path.at(-1)?.span.end ?? name.span.end;
}

function printElse(p: Printer, branch: ElseBranch): Layout {
  const value = branch.value === null ? '' : concat(' := ', p.expression(branch.value, anywhere));
  return concat('else', value, printValueAndBody(p, branch.body));
}

export function printDefault(p: Printer, rule: DefaultRule): Layout {
  const parameters =
    rule.parameters === null ? '' : printParameters(p, rule.parameters, pathEnd(rule.name, rule.path));
  const head = concat('default ', printPath(p, rule.name.name, rule.path), parameters);
  return group(concat(head, ' := ', p.expression(rule.value, anywhere)));
}
