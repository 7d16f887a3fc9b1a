/** Names and sizes. */
import { basename } from 'node:path';
import { defineRule, isTest } from '../rule.js';

const snakeCase = /^_?[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

function snake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/_+/g, '_')
    .toLowerCase();
}

export const packageName = defineRule({
  id: 'package-name',
  category: 'style',
  level: 'warning',
  doc: 'Packages are named in snake_case.',
  check: ({ modules }, report) => {
    for (const module of modules) {
      const odd = module.package.path.find((part) => !snakeCase.test(part));
      if (odd === undefined) continue;
      report({
        source: module.source,
        span: module.package.span,
        message: `\`${odd}\` is not snake_case`,
        help: `write \`${module.package.path.map(snake).join('.')}\`, here and wherever the package is imported`,
      });
    }
  },
});

export const ruleName = defineRule({
  id: 'rule-name',
  category: 'style',
  level: 'warning',
  doc: 'Rules and variables are named in snake_case.',
  check: (set, report) => {
    for (const module of set.modules) {
      for (const { node } of set.nodes(module)) {
        const named =
          node.kind === 'decision-rule' || node.kind === 'helper-rule' || node.kind === 'default-rule'
            ? node.name
            : node.kind === 'variable-pattern'
              ? node
              : null;
        if (named === null || snakeCase.test(named.name) || named.name === '_') continue;
        report({
          source: module.source,
          span: named.span,
          message: `\`${named.name}\` is not snake_case`,
          help: `write \`${snake(named.name)}\``,
        });
      }
    }
  },
});

export const fileName = defineRule({
  id: 'file-name',
  category: 'style',
  level: 'warning',
  doc: 'A file has the name of its package.',
  check: ({ modules }, report) => {
    for (const { source, package: name } of modules) {
      const last = name.path.at(-1);
      const file = basename(source.path).replace(/(_test)?\.rules$/, '');
      if (last === undefined || file.replaceAll('-', '_') === last.replaceAll('-', '_')) continue;
      report({
        source,
        span: name.span,
        message: `the file is \`${basename(source.path)}\`, and the package is \`${name.path.join('.')}\``,
        help: 'people look for a rule id from a record in a file of that name',
      });
    }
  },
});

export const lineLength = defineRule({
  id: 'line-length',
  category: 'style',
  level: 'warning',
  doc: 'Lines are short enough to read without scrolling.',
  options: { max: 120 },
  check: (set, report, { max }) => {
    for (const { source, statements } of set.modules) {
      // A row of a test is a command and its outcome, side by side however long they are.
      const rows = statements.flatMap((block) => (block.kind === 'test-block' ? block.rows : []));
      const exempt = new Set(
        rows.flatMap(({ span }) => {
          const first = source.position(span.start).line;
          const last = source.position(span.end).line;
          return Array.from({ length: last - first + 1 }, (_, index) => first + index);
        }),
      );
      let start = 0;
      for (const [index, whole] of source.text.split('\n').entries()) {
        const line = whole.replace(/\r$/, '');
        if (line.length > max && !exempt.has(index + 1))
          report({
            source,
            span: { start: start + max, end: start + line.length },
            message: `the line has ${line.length} characters, ${line.length - max} too many`,
            help: '`policy fmt` breaks lines where it can; shorten comments and strings by hand',
          });
        start += whole.length + 1;
      }
    }
  },
});

export const manyConditions = defineRule({
  id: 'many-conditions',
  category: 'style',
  level: 'warning',
  doc: 'A body is short enough to understand at a glance.',
  options: { max: 10 },
  check: (set, report, { max }) => {
    for (const module of set.modules) {
      for (const { node } of set.nodes(module)) {
        if (node.kind !== 'body' || node.literals.length <= max) continue;
        report({
          source: module.source,
          span: node.literals[max]!.span,
          message: `the body has ${node.literals.length} conditions, more than ${max}`,
          help: 'move some of them into a helper rule whose name says what they mean',
        });
      }
    }
  },
});

export const longFile = defineRule({
  id: 'long-file',
  category: 'style',
  level: 'warning',
  doc: 'A file of rules is about one thing.',
  options: { max: 400 },
  check: ({ modules }, report, { max }) => {
    for (const module of modules.filter((one) => !isTest(one))) {
      const lines = module.source.text.trimEnd().split('\n').length;
      if (lines <= max) continue;
      report({
        source: module.source,
        span: module.package.span,
        message: `the file has ${lines} lines, more than ${max}`,
        help: 'split it: a package may span several files',
      });
    }
  },
});
