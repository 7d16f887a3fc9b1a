/** Every name of the packs under another one: what is left out or renamed too much does not compile any more. */
import { expect, test } from '@jest/globals';
import { renderDiagnostic } from '../../../grammar/diagnostic.js';
import { parseModule } from '../../../grammar/parser.js';
import { compilePolicy } from '../../../src/engine/compile/compile.js';
import { host } from '../../../cli/input/rule-set.js';
import { identityOf, type Occurrence } from '../../../cli/lsp/analysis/entity.js';
import { placesOf } from '../../../cli/lsp/features/navigation.js';
import type { RuleSet } from '../../../cli/lsp/workspace/rule-set.js';
import { Workspace } from '../../../cli/lsp/workspace/workspace.js';

const root = process.cwd();

/** One occurrence of each thing that the rule set declares and that may be renamed. */
function declared(ruleSet: RuleSet): readonly { path: string; occurrence: Occurrence; name: string }[] {
  const found = new Map<string, { path: string; occurrence: Occurrence; name: string }>();
  for (const path of ruleSet.files.keys()) {
    for (const occurrence of ruleSet.occurrences(path).filter(({ declares }) => declares)) {
      const { entity } = occurrence;
      const isName = entity.kind === 'local' || entity.kind === 'rule' || entity.kind === 'import';
      if (!isName) continue;
      const name = entity.kind === 'rule' ? entity.path.at(-1)! : entity.name;
      if (name !== 'allow') found.set(identityOf(entity, path), { path, occurrence, name });
    }
  }
  return [...found.values()];
}

test('names are renamed wherever they stand, and nowhere else', () => {
  const ruleSet = new Workspace([root]).ruleSetOf(`${root}/rules/postgres/access.rules`);
  const names = declared(ruleSet);
  expect(names.length).toBeGreaterThan(50);
  const edits = new Map<string, { start: number; end: number; text: string }[]>();
  for (const [index, { path, occurrence, name }] of names.entries()) {
    // `test_` rules are tests by their name.
    const text = name.startsWith('test_') ? `test_renamed_${index}` : `renamed_${index}`;
    for (const place of placesOf(ruleSet, path, occurrence)) {
      const own = edits.get(place.path) ?? [];
      edits.set(place.path, own);
      own.push({ ...place.span, text });
    }
  }
  const modules = [...ruleSet.files].map(([path, { file }]) => {
    const sorted = (edits.get(path) ?? []).sort((one, other) => other.start - one.start);
    const text = sorted.reduce(
      (before, { start, end, text: name }) => before.slice(0, start) + name + before.slice(end),
      file.document.getText(),
    );
    const { module, diagnostics } = parseModule(path, text);
    expect(diagnostics.map(renderDiagnostic)).toEqual([]);
    return module!;
  });
  const compiled = compilePolicy({ modules, data: ruleSet.data.data, revision: 'renamed' }, host);
  expect(compiled.diagnostics.map(renderDiagnostic)).toEqual([]);
});
