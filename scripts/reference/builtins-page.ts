/** docs/builtins.md: every function with its parameters, its result and its line of documentation. */
import type { Builtin, Parameter } from '../../src/engine/builtins/define/builtin.js';
import { page, table } from './markdown.js';
import { typeWords } from './type-words.js';

export function builtinsPage(builtins: readonly Builtin[]): string {
  const families = [...new Set(builtins.map(familyOf))].sort();
  return page([
    '# Builtins',
    '',
    "Rego's functions keep their names and meanings; `like`, `duration` and `facts.*` are ours. A call whose argument is absent",
    'is absent, one whose argument is unknown is unknown, and one that fails is unknown with the reason: it opens nothing.',
    '',
    '`npm run reference` writes this page from the catalogue of `src/engine/builtins`.',
    ...families.flatMap((family) => [
      '',
      ...section(
        family,
        builtins.filter((builtin) => familyOf(builtin) === family),
      ),
    ]),
  ]);
}

function familyOf({ name }: Builtin): string {
  return name.includes('.') ? name.slice(0, name.indexOf('.')) : '';
}

function section(family: string, builtins: readonly Builtin[]): string[] {
  const sorted = builtins.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return [
    family === '' ? '## Without a family' : `## ${family}`,
    '',
    ...table(
      ['function', 'result', 'what it is'],
      sorted.map((builtin) => [`\`${signature(builtin)}\``, typeWords(builtin.result), builtin.doc]),
    ),
  ];
}

function signature({ name, parameters }: Builtin): string {
  return `${name}(${parameters.map(parameter).join(', ')})`;
}

function parameter({ name, type, optional, variadic }: Parameter): string {
  const written = `${variadic === true ? '…' : ''}${name}: ${typeWords(type).replaceAll('`', '')}`;
  return optional === true ? `[${written}]` : written;
}
