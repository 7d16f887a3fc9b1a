/** How a file is laid out, and what it imports. */
import { printModule } from '../../../grammar/print/printer.js';
import { defineRule } from '../rule.js';

export const unformatted = defineRule({
  id: 'unformatted',
  category: 'style',
  level: 'warning',
  doc: 'A file is formatted as `policy fmt` formats it.',
  fixes: true,
  check: ({ modules }, report) => {
    for (const module of modules) {
      const { source } = module;
      const laidOut = printModule(module);
      if (laidOut === source.text) continue;
      let at = 0;
      while (laidOut[at] === source.text[at]) at++;
      const newline = source.text.indexOf('\n', at);
      report({
        source,
        span: { start: at, end: newline === -1 ? source.text.length : Math.max(newline, at + 1) },
        message: '`policy fmt` would format the file differently from here on',
        help: 'run `policy fmt -w`',
        fix: {
          title: 'format the file',
          edits: [{ source, span: { start: 0, end: source.text.length }, text: laidOut }],
        },
      });
    }
  },
});

export const redundantAlias = defineRule({
  id: 'redundant-alias',
  category: 'style',
  level: 'warning',
  doc: 'An alias differs from the name it replaces.',
  fixes: true,
  check: ({ modules }, report) => {
    for (const { imports, source } of modules) {
      for (const { alias, path, span } of imports) {
        if (alias?.name !== path.at(-1)) continue;
        const start = source.text.lastIndexOf(' as ', alias!.span.start);
        report({
          source,
          span: alias!.span,
          message: `\`${alias!.name}\` is already its name`,
          help: 'remove `as`',
          fix:
            start < span.start
              ? null
              : {
                  title: 'remove `as`',
                  edits: [{ source, span: { start, end: alias!.span.end }, text: '' }],
                },
        });
      }
    }
  },
});

export const ownImport = defineRule({
  id: 'import-of-own-package',
  category: 'style',
  level: 'warning',
  doc: 'A package does not import itself.',
  check: ({ modules }, report) => {
    for (const module of modules) {
      const own = module.package.path;
      for (const { path, span } of module.imports) {
        const [root, ...rest] = path;
        if (root !== 'data' || own.length === 0 || !own.every((part, index) => rest[index] === part))
          continue;
        if (rest.length > own.length + 1) continue;
        report({
          source: module.source,
          span,
          message: `\`${path.join('.')}\` is this package`,
          help: 'rules from all files of the package are visible here by name',
        });
      }
    }
  },
});
