/** `policy doc`: a rule set as Markdown. */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadBundle, type Bundle } from '../../src/engine/bundle/bundle.js';
import { engineBuiltins } from '../../src/engine/builtins/catalogue.js';
import { loadProtocols } from '../../src/protocols/list.js';
import { testBundle } from '../testing/bundle-tests.js';
import { findExamples } from '../doc/examples.js';
import { rulePage } from '../doc/page.js';
import { declare } from '../lsp/analysis/declarations.js';
import { findOccurrences } from '../lsp/analysis/occurrences.js';
import { FINDING, UsageError, YES, type ExitCode } from '../output/outcome.js';
import { orDefault } from '../input/rule-files.js';
import { host, refuseErrors } from '../input/rule-set.js';
import { print, say } from '../output/terminal.js';

export interface DocOptions {
  readonly output?: string;
  readonly check?: boolean;
  readonly title: string;
}

export async function doc(paths: readonly string[], options: DocOptions): Promise<ExitCode> {
  await loadProtocols();
  const bundle = loadBundle(orDefault(paths));
  refuseErrors(bundle.diagnostics);
  if (bundle.modules.length === 0)
    throw new UsageError('there is nothing to document here', 'rules are in `*.rules` files');
  const page = pageOf(bundle, options.title);
  if (options.check === true) return compare(page, options.output);
  if (options.output === undefined) process.stdout.write(page);
  else {
    writeFileSync(options.output, page);
    print(options.output);
  }
  return YES;
}

function pageOf(bundle: Bundle, title: string): string {
  const run = testBundle(bundle);
  refuseErrors(run.diagnostics);
  const names = {
    declarations: declare(bundle.modules, bundle.data),
    schema: host.schema,
    types: new Map<string, never>(),
    builtins: new Map([...engineBuiltins, ...host.builtins].map((builtin) => [builtin.name, builtin])),
  };
  return rulePage({
    title,
    modules: bundle.modules,
    examples: findExamples(run),
    occurrences: (module) => findOccurrences(module, names),
    schema: host.schema,
  });
}

/** For a page that is committed beside its rules: a check says when it is out of date. */
function compare(page: string, output: string | undefined): ExitCode {
  if (output === undefined) throw new UsageError('there is no page to check', 'give it with `--output`');
  if (read(output) === page) return YES;
  say(`${output} is out of date; run \`policy doc -o ${output}\``);
  return FINDING;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
