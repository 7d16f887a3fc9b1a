/** How rules and functions are defined. */
import type { HelperRule, Module, Pattern } from '../../../grammar/ast.js';
import { compare } from '../../../src/values/value.js';
import { defineRule } from '../rule.js';

export const assignsDefault = defineRule({
  id: 'assigns-default',
  category: 'bug',
  level: 'warning',
  doc: 'A rule with conditions gives a value other than its default.',
  needsMeaning: true,
  check: ({ meaning }, report) => {
    for (const group of meaning?.program.helpers ?? []) {
      const standard = group.default;
      if (standard?.kind !== 'constant') continue;
      for (const { branches, source } of group.clauses) {
        for (const { value, body } of branches) {
          if (value.kind !== 'constant' || body.literals.length === 0) continue;
          if (compare(value.value, standard.value) !== 0) continue;
          report({
            source,
            span: value.span,
            message: `\`${group.name}\` has this value anyway: it is the default`,
            help: 'change one of the two, or remove the conditions',
          });
        }
      }
    }
  },
});

export const argumentNames = defineRule({
  id: 'argument-names',
  category: 'style',
  level: 'warning',
  doc: 'All definitions of a function use the same argument names.',
  check: ({ modules }, report) => {
    const first = new Map<string, readonly (string | null)[]>();
    for (const { module, rule, parameters } of modules.flatMap(functionsOf)) {
      const key = JSON.stringify([module.package.path, rule.name.name, parameters.length]);
      const names = parameters.map(nameOf);
      const known = first.get(key);
      first.set(key, known?.map((name, index) => name ?? names[index]!) ?? names);
      const at = names.findIndex((name, index) => isOther(name, known?.[index] ?? null));
      if (at === -1) continue;
      report({
        source: module.source,
        span: parameters[at]!.span,
        message: `the argument is \`${known![at]!}\` in another definition of \`${rule.name.name}\``,
        help: 'use one name throughout',
      });
    }
  },
});

function functionsOf(module: Module) {
  return module.statements.flatMap((rule) =>
    rule.kind === 'helper-rule' && rule.head.kind === 'function'
      ? [{ module, rule: rule satisfies HelperRule, parameters: rule.head.parameters }]
      : [],
  );
}

function isOther(name: string | null, known: string | null): boolean {
  return name !== null && known !== null && name !== known;
}

/** Null if it has none, or does not need one. */
function nameOf(pattern: Pattern): string | null {
  return pattern.kind === 'variable-pattern' && !pattern.name.startsWith('_') ? pattern.name : null;
}
