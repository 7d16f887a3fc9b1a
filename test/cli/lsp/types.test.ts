/** What an editor knows of values: from facts, from data, and from what the checker inferred of rules. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe as group, expect, test } from '@jest/globals';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { complete } from '../../../cli/lsp/features/completion.js';
import { describe } from '../../../cli/lsp/features/describe.js';
import { findProblems } from '../../../cli/lsp/features/diagnostics.js';
import { nameAt } from '../../../cli/lsp/features/navigation.js';
import type { RuleSet } from '../../../cli/lsp/workspace/rule-set.js';
import { Workspace, uriOf } from '../../../cli/lsp/workspace/workspace.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-types-'));
  mkdirSync(join(folder, 'rules'));
  writeFileSync(
    join(folder, 'rules/teams.yaml'),
    'owned:\n  shop: {lead: ann, tables: [orders]}\n  ship: {lead: bob, tables: []}\nwindows: [{from: a, until: b}]\n',
  );
  writeFileSync(
    join(folder, 'rules/lib.rules'),
    `package lib

written contains t if {
  some s in sql.statements
  some t in s.tables
  t.access == "write"
}

size(name) := "large" if startswith(name, "big") else := "small"

kind := "prod" if target.labels.env == "prod"
`,
  );
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A rule set with one more file, checked, and where its cursor is. */
function opened(marked: string): { ruleSet: RuleSet; path: string; offset: number } {
  const offset = marked.indexOf('|');
  const path = join(folder, 'rules/a.rules');
  const workspace = new Workspace([folder]);
  const text = marked.slice(0, offset) + marked.slice(offset + 1);
  workspace.put(TextDocument.create(uriOf(path), 'rules', 1, text));
  const ruleSet = workspace.ruleSetOf(path);
  findProblems(ruleSet);
  return { ruleSet, path, offset };
}

function hover(marked: string): string {
  const { ruleSet, path, offset } = opened(marked);
  const found = nameAt(ruleSet, path, offset);
  return found === null ? 'nothing' : describe(found, ruleSet.names);
}

function labels(marked: string): readonly string[] {
  const { ruleSet, path, offset } = opened(marked);
  return complete(ruleSet, ruleSet.files.get(path)!, offset).map(({ label }) => label);
}

group('hover', () => {
  test.each([
    [
      'a set of facts',
      'package a\nimport data.lib\ndeny x "y" if count(lib.writ|ten) > 1\n',
      /# written: set of \{schema, name, access, columns\}/,
    ],
    [
      'a function',
      'package a\nimport data.lib\ndeny x "y" if lib.si|ze("a") == "large"\n',
      /# size\(name: \w+\): "(large|small)" \| "(large|small)"/,
    ],
    ['a value', 'package a\nimport data.lib\ndeny x "y" if lib.ki|nd == "prod"\n', /# kind: "prod"/],
    [
      'a member of a rule',
      'package a\nimport data.lib\ndeny x "y" if {\n  some t in lib.written\n  |t.name == "a"\n}\n',
      /t: \{schema, name, access, columns\}/,
    ],
    [
      'a member of data',
      'package a\nimport data.teams\ndeny x "y" if {\n  some team in teams.owned\n  |team.lead == "a"\n}\n',
      /team: \{lead, tables\}/,
    ],
  ])('tells the type of %s', (_, marked, wanted) => {
    expect(hover(marked)).toMatch(wanted);
  });
});

group('completion', () => {
  test.each([
    [
      'members of rules',
      'package a\nimport data.lib\ndeny x "y" if {\n  some t in lib.written\n  t.|\n}\n',
      ['access', 'name'],
    ],
    ['keys of data', 'package a\nimport data.teams\ndeny x "y" if teams.owned.|\n', ['shop', 'ship']],
    [
      'members of data',
      'package a\nimport data.teams\ndeny x "y" if {\n  some w in teams.windows\n  w.|\n}\n',
      ['from', 'until'],
    ],
    [
      'what a function can give',
      'package a\nimport data.lib\ndeny x "y" if lib.size("a") == "|"\n',
      ['large', 'small'],
    ],
    ['what a rule can be', 'package a\nimport data.lib\ndeny x "y" if lib.kind == "|"\n', ['prod']],
    ['rules of a package', 'package a\nimport data.lib\ndeny x "y" if lib.|\n', ['written', 'size', 'kind']],
    ['packages and data', 'package a\nimport data.|\n', ['lib', 'teams']],
  ])('offers %s', (_, marked, wanted) => {
    expect(labels(marked)).toEqual(expect.arrayContaining(wanted));
  });
});
