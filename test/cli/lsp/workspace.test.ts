/** Which files belong together, and what of them is read from where. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { findProblems } from '../../../cli/lsp/features/diagnostics.js';
import { definitionOf, nameAt } from '../../../cli/lsp/features/navigation.js';
import { pathOf, uriOf, Workspace } from '../../../cli/lsp/workspace/workspace.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-workspace-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text = 'package a\n'): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function put(workspace: Workspace, path: string, text: string): void {
  workspace.put(TextDocument.create(uriOf(path), 'rules', 1, text));
}

function filesOf(workspace: Workspace, path: string): readonly string[] {
  return [...workspace.ruleSetOf(path).files.keys()].map((file) => relative(folder, file));
}

describe('a rule set', () => {
  test('is the folder `rules`, and files elsewhere are with those beside them', () => {
    const inside = write('rules/a/a.rules');
    write('rules/b.rules');
    const example = write('examples/one/x.rules');
    write('examples/two/y.rules');
    const workspace = new Workspace([folder]);
    expect(filesOf(workspace, inside)).toEqual(['rules/a/a.rules', 'rules/b.rules']);
    expect(filesOf(workspace, example)).toEqual(['examples/one/x.rules']);
    expect(workspace.ruleSetOf(inside).whole).toBe(true);
    expect(workspace.ruleSetOf(example).whole).toBe(false);
  });

  test('is the whole folder where there is no `rules`', () => {
    const one = write('a/one.rules');
    write('b/two.rules');
    expect(filesOf(new Workspace([folder]), one)).toEqual(['a/one.rules', 'b/two.rules']);
  });

  test('is where `sallyport.yaml` says', () => {
    const path = write('policies/a.rules');
    write('rules/b.rules');
    const workspace = new Workspace([folder]);
    expect(workspace.ruleSetOf(path).whole).toBe(false);
    write('sallyport.yaml', '# ours\nrules: ./policies # the rules\nlisten:\n');
    workspace.diskChanged();
    expect(workspace.ruleSetOf(path).whole).toBe(true);
    write('sallyport.yaml', 'rules: {bundle: https://rules.example/b.tgz}\n');
    workspace.diskChanged();
    expect(workspace.ruleSetOf(path).whole).toBe(false);
  });

  test('has what is open in the place of what is on disk, also what is not on disk yet', () => {
    const path = write('rules/a.rules', 'package a\nallow x if sql.read_onyl\n');
    const fresh = join(folder, 'rules/new.rules');
    const workspace = new Workspace([folder]);
    const codes = (): readonly string[] =>
      findProblems(workspace.ruleSetOf(path))
        .get(path)!
        .filter(({ finding }) => finding === null)
        .map(({ diagnostic }) => diagnostic.code);
    expect(codes()).toEqual(['unknown-field']);
    put(workspace, path, 'package a\nallow x if ready\n');
    put(workspace, fresh, 'package a\nready if sql.read_only\n');
    expect(codes()).toEqual([]);
    workspace.close(uriOf(fresh));
    expect(codes()).toEqual(['unbound']);
    workspace.close(uriOf(path));
    expect(codes()).toEqual(['unknown-field']);
  });

  test('follows the folders that are open', () => {
    const path = write('rules/a.rules');
    const workspace = new Workspace([]);
    expect(workspace.ruleSetOf(path).whole).toBe(false);
    workspace.setFolders([folder]);
    expect(workspace.ruleSetOf(path).whole).toBe(true);
  });

  test('has problems of its data at their place', () => {
    const path = write('rules/a.rules', 'package a\n\nx := data.teams\n');
    const data = write('rules/teams.yaml', 'a: 1\na: 2\n');
    const [problem] = findProblems(new Workspace([folder]).ruleSetOf(path)).get(data)!;
    expect(problem!.shown).toMatchObject({ severity: 1, code: 'bad-data', range: { start: { line: 1 } } });
  });
});

test('a file is called as the editor calls it', () => {
  const path = write('rules/a b.rules');
  const workspace = new Workspace([folder]);
  // Editors differ in what they escape.
  const uri = uriOf(path).replace('a%20b', '%61%20b');
  workspace.put(
    TextDocument.create(uri, 'rules', 1, 'package a\nready if sql.read_only\nallow x if ready\n'),
  );
  const ruleSet = workspace.ruleSetOf(path);
  const use = nameAt(ruleSet, path, 'package a\nready if sql.read_only\nallow x if r'.length)!;
  expect(definitionOf(ruleSet, path, use).map((location) => location.uri)).toEqual([uri]);
});

test('a document without a file is its own rule set', () => {
  const workspace = new Workspace([folder]);
  workspace.put(TextDocument.create('untitled:one', 'rules', 1, 'package a\nallow x if sql.read_only\n'));
  write('rules/b.rules');
  expect([...workspace.ruleSetOf('untitled:one').files.keys()]).toEqual(['untitled:one']);
  for (const uri of ['untitled:one', 'file://elsewhere/a.rules', 'file:///a%2fb.rules', 'file:///a%00'])
    expect(uriOf(pathOf(uri))).toBe(uri);
});
