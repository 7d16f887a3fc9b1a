/** Test blocks. */
import type { CstNode } from 'chevrotain';
import type { CommandRow, Expectation, Given, Identifier, StringLiteral, TestBlock, TestRow } from './ast.js';
import { buildLiteral } from './build-body.js';
import type { Builder } from './builder.js';
import { node, nodeSpan, nodes, requiredNode, requiredToken, token, tokens, tokenSpan } from './cst.js';
import { buildString } from './literal-text.js';
import * as messages from './messages.js';

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
  return { kind: 'test-block', doc: null, title, givens, rows, span: nodeSpan(at) };
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

function buildExpectation(b: Builder, at: CstNode): Expectation {
  const effect = requiredToken(at, 'EffectWord');
  const known = effect.image === 'allow' || effect.image === 'deny' || effect.image === 'review';
  if (!known) b.report(messages.expectedEffect(effect.image), tokenSpan(effect));
  return {
    kind: 'expectation',
    effect: known ? (effect.image as Expectation['effect']) : 'deny',
    ruleIds: nodes(at, 'path').map((path) => buildRuleId(path)),
    masks: buildStrings(b, nodes(at, 'masks')),
    reviewers: buildStrings(b, nodes(at, 'reviewers')),
    span: nodeSpan(at),
  };
}

function buildRuleId(at: CstNode): Identifier {
  const name = tokens(at, 'part').map((part) => part.image);
  return { kind: 'identifier', name: name.join('.'), span: nodeSpan(at) };
}

function buildStrings(b: Builder, lists: CstNode[]): StringLiteral[] {
  return lists.flatMap((list) => tokens(list, 'String').map((text) => buildString(b, text)));
}
