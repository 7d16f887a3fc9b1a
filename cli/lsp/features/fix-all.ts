/** All fixes of the linter for a file, for editors that apply them on save. */
import { CodeActionKind, type CodeAction } from 'vscode-languageserver';
import type { Module } from '../../../grammar/ast.js';
import { compilePolicy } from '../../../src/engine/compile/compile.js';
import { fixAll } from '../../lint/fix.js';
import { host } from '../../input/rule-set.js';
import { lintModules } from './lint.js';
import { replacement } from './replacement.js';
import type { RuleSet } from '../workspace/rule-set.js';

export const FIX_ALL = `${CodeActionKind.SourceFixAll}.policy`;

/** As in `policy lint --fix`: no fix is applied after which the rules would not compile. */
export function fixAllAction(ruleSet: RuleSet, path: string): CodeAction[] {
  const file = ruleSet.files.get(path)?.file;
  if (file?.whole !== true) return [];
  const lint = (modules: readonly Module[]) =>
    lintModules(ruleSet, modules).filter(({ source }) => source.path === path);
  const compiles = (modules: readonly Module[]): boolean =>
    compilePolicy({ modules, data: ruleSet.data.data, revision: 'editor' }, host).policy !== null;
  const { modules } = fixAll(ruleSet.modules(), { lint, compiles });
  const fixed = modules.find(({ source }) => source.path === path);
  const edits = fixed === undefined ? [] : replacement(file.document, fixed.source.text);
  if (edits.length === 0) return [];
  const edit = { changes: { [file.document.uri]: edits } };
  return [{ title: 'Fix everything that the linter can fix', kind: FIX_ALL, edit }];
}
