/** Test blocks. */
import type { CstNode } from 'chevrotain';
import type {
  CommandRow,
  Expectation,
  ExpectedLimit,
  ExpectedMask,
  Given,
  Identifier,
  SharedGiven,
  StringLiteral,
  TestBlock,
  TestRow,
} from '../ast.js';
import { buildLiteral, buildTable } from './body.js';
import { buildMethod } from './mask.js';
import { buildCount, buildTerms } from './rule.js';
import type { Builder } from './builder.js';
import { node, nodeSpan, nodes, requiredNode, requiredToken, token, tokens, tokenSpan } from '../cst.js';
import { buildString } from './literal-text.js';
import * as messages from '../messages.js';

export function buildTestBlock(b: Builder, at: CstNode): TestBlock {
  const title = buildString(b, (token(at, 'String') ?? token(at, 'RawString') ?? token(at, 'SingleQuoted'))!);
  const givens: Given[] = [];
  const rows: TestRow[] = [];
  for (const line of nodes(at, 'testLine')) {
    const given = node(line, 'given');
    if (given === undefined) {
      rows.push(buildRow(b, line));
    } else {
      if (rows.length > 0) b.report(messages.lateGiven, tokenSpan(requiredToken(given, 'Given')));
      givens.push(buildGiven(b, given));
    }
  }
  const written = node(at, 'table');
  const table = written === undefined ? null : buildTable(b, written);
  return { kind: 'test-block', doc: null, title, table, givens, rows, span: nodeSpan(at) };
}

export function buildSharedGiven(b: Builder, at: CstNode): SharedGiven {
  const given = buildGiven(b, at);
  return { kind: 'shared-given', doc: null, given, span: given.span };
}

function buildGiven(b: Builder, at: CstNode): Given {
  const target = b.path(requiredNode(at, 'postfix'));
  return { kind: 'given', target, value: b.expression(requiredNode(at, 'expression')), span: nodeSpan(at) };
}

function buildRow(b: Builder, line: CstNode): TestRow {
  const command = node(line, 'commandRow');
  if (command !== undefined) return buildCommandRow(b, command);
  const literal = requiredNode(line, 'literal');
  return { kind: 'condition-row', literal: buildLiteral(b, literal), span: nodeSpan(literal) };
}

function buildCommandRow(b: Builder, at: CstNode): CommandRow {
  const expectation = requiredNode(at, 'expectation');
  const modifiers = [...nodes(at, 'withModifier'), ...nodes(expectation, 'withModifier')];
  return {
    kind: 'command-row',
    protocol: requiredToken(at, 'RowWord').image as CommandRow['protocol'],
    command: b.expression(requiredNode(at, 'expression')),
    modifiers: modifiers.map((modifier) => b.modifier(modifier)),
    expectation: buildExpectation(b, expectation),
    span: nodeSpan(at),
  };
}

const effects: readonly string[] = ['allow', 'deny', 'review', 'undecided'] satisfies Expectation['effect'][];

function buildExpectation(b: Builder, at: CstNode): Expectation {
  const word = token(at, 'ExpectedWord');
  const known = word === undefined || effects.includes(word.image);
  if (!known) b.report(messages.expectedEffect(word.image), tokenSpan(word));
  const clauses = nodes(at, 'expected');
  const under = (name: string): CstNode[] => clauses.flatMap((clause) => nodes(clause, name));
  const shadows = clauses.filter((clause) => token(clause, 'Shadow') !== undefined);
  return {
    kind: 'expectation',
    effect: known && word !== undefined ? (word.image as Expectation['effect']) : known ? 'allow' : 'deny',
    ruleIds: nodes(at, 'ids').flatMap(buildRuleIds),
    masks: under('expectedMask').map((mask) => buildExpectedMask(b, mask)),
    reviewers: buildStrings(b, under('reviewers')),
    ...buildTerms(b, clauses),
    limits: under('expectedLimit').map((limit) => buildExpectedLimit(b, limit)),
    shadows: shadows.flatMap((clause) => nodes(clause, 'ids').flatMap(buildRuleIds)),
    span: nodeSpan(at),
  };
}

function buildExpectedMask(b: Builder, at: CstNode): ExpectedMask {
  const method = node(at, 'method');
  return {
    kind: 'expected-mask',
    columns: buildStrings(b, nodes(at, 'strings')),
    method: method === undefined ? null : buildMethod(b, method),
    span: nodeSpan(at),
  };
}

function buildExpectedLimit(b: Builder, at: CstNode): ExpectedLimit {
  const unit = requiredToken(at, 'unit').image as ExpectedLimit['unit'];
  return {
    kind: 'expected-limit',
    unit,
    amount: buildCount(b, requiredToken(at, 'Number')),
    span: nodeSpan(at),
  };
}

function buildRuleIds(at: CstNode): Identifier[] {
  return nodes(at, 'path').map(buildRuleId);
}

function buildRuleId(at: CstNode): Identifier {
  const name = tokens(at, 'part').map((part) => part.image);
  return { kind: 'identifier', name: name.join('.'), span: nodeSpan(at) };
}

function buildStrings(b: Builder, lists: CstNode[]): StringLiteral[] {
  return lists.flatMap((list) => tokens(list, 'String').map((text) => buildString(b, text)));
}
