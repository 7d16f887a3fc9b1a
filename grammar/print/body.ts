/** Bodies and their literals as text. */
import type { Body, EveryLiteral, Literal, Pattern, SomeLiteral, WithModifier } from '../ast.js';
import { precedence } from '../build/operators.js';
import { concat, group, ifBroken, indent, join, line, softLine, trailing, type Layout } from './layout.js';
import { anywhere, breaksBetween, type Place, type Printer } from './context.js';
import { beginsWithBrace } from './expression.js';
import { layOutList, stack, type Item } from './list.js';
import type { Span } from '../source.js';

function items(p: Printer, body: Body): Item[] {
  return body.literals.map((literal) => ({ span: literal.span, print: () => p.literal(literal) }));
}

/** `{ … }` or a single literal on the same line. */
export function printBody(p: Printer, body: Body): Layout {
  if (!body.braces) return concat(...body.literals.map((literal) => printAlone(p, literal)));
  const list = layOutList(p, items(p, body), { start: body.span.start + 1, end: body.span.end });
  const first = body.literals[0]?.span.start ?? body.span.end;
  const broken = !p.oneLine && (list.hasComments || breaksBetween(p, body.span.start, first));
  const comments = list.opening.map((text) => trailing(text));
  const content = broken ? stack(list) : inLine(list.items);
  return group(concat('{', ...comments, indent(concat(line, content)), line, '}'), broken);
}

/** Literals on one line have `;` between them; if the line is too long, each goes on a line of its own without `;`. */
function inLine(list: readonly { readonly layout: Layout }[]): Layout {
  return join(
    concat(ifBroken('', ';'), line),
    list.map(({ layout }) => layout),
  );
}

/** The literals of a comprehension. */
export function printLiterals(p: Printer, body: Body, between: Span): Layout {
  const list = layOutList(p, items(p, body), between);
  const first = body.literals[0]?.span.start ?? between.end;
  const broken = !p.oneLine && (list.hasComments || breaksBetween(p, between.start, first));
  const comments = list.opening.map((text) => trailing(text));
  const content = broken ? stack(list) : inLine(list.items);
  return group(concat(...comments, indent(concat(line, content)), softLine), broken);
}

/** After `if` and `unless` a `{` would open a body. */
function printAlone(p: Printer, literal: Literal): Layout {
  if (literal.kind !== 'condition' || !beginsWithBrace(literal.expression)) return p.literal(literal);
  return concat('(', p.expression(literal.expression, anywhere), ')', p.modifiers(literal.modifiers));
}

export function printLiteral(p: Printer, literal: Literal): Layout {
  if (literal.modifiers.length > 0 && isWith(literal)) {
    return concat('(with)', p.modifiers(literal.modifiers));
  }
  return concat(printStatement(p, literal), p.modifiers(literal.modifiers));
}

/** A variable named `with`, whose own `with` would make it look like the modifier of the line above. */
function isWith(literal: Literal): boolean {
  if (literal.kind !== 'condition') return false;
  return literal.expression.kind === 'variable' && literal.expression.name === 'with';
}

/** A collection in which `and` would read as a second condition. */
const collection: Place = { precedence: precedence.not };

function printStatement(p: Printer, literal: Literal): Layout {
  switch (literal.kind) {
    case 'condition':
      return p.expression(literal.expression, anywhere);
    case 'assign':
      return concat(p.pattern(literal.pattern, anywhere), ' := ', p.expression(literal.value, anywhere));
    case 'some':
      return concat('some ', printMembers(p, literal));
    case 'every':
      return concat('every ', printMembers(p, literal), ' ', p.body(literal.body));
    case 'not-body':
      return concat('not ', p.body(literal.body));
  }
}

/** `v in xs` or `k, v in xs`. */
export function printMembers(p: Printer, literal: SomeLiteral | EveryLiteral): Layout {
  return concat(names(p, literal), ' in ', p.expression(literal.collection, collection));
}

function names(
  p: Printer,
  { key, value }: { readonly key: Pattern | null; readonly value: Pattern },
): Layout {
  const place: Place = { precedence: precedence.in + 1 };
  const printed = p.pattern(value, place);
  return key === null ? printed : concat(p.pattern(key, place), ', ', printed);
}

export function printModifiers(p: Printer, modifiers: readonly WithModifier[]): Layout {
  if (modifiers.length === 0) return '';
  const printed = modifiers.map((modifier) =>
    concat(
      line,
      'with ',
      p.expression(modifier.target, anywhere),
      ' as ',
      p.expression(modifier.value, anywhere),
    ),
  );
  return group(indent(concat(...printed)));
}
