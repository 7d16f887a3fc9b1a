/** `policy lint`: rules that compile, and still are not what their author meant. */
import { readFileSync, writeFileSync } from 'node:fs';
import packageJson from '../../package.json' with { type: 'json' };
import type { Module } from '../../grammar/ast.js';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import { loadBundle, type Bundle } from '../../src/engine/bundle/bundle.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import { diagnosticReport } from '../output/diagnostic-report.js';
import { isError } from '../output/diagnostics.js';
import type { LintConfig } from '../lint/config.js';
import { fixAll } from '../lint/fix.js';
import { lint as lintModules } from '../lint/linter.js';
import { lintContext, loadLintConfig } from '../lint/load.js';
import { lintReport, type LintFormat } from '../lint/report.js';
import { lintRules } from '../lint/rules.js';
import { FINDING, UsageError, YES, type ExitCode } from '../output/outcome.js';
import { projectOf, sayUnread } from '../input/project.js';
import { orDefault } from '../input/rule-files.js';
import { host, refuseErrors, type ReportErrors } from '../input/rule-set.js';
import { table } from '../output/table.js';
import { count, paint, paintTalk, print, printJson, say } from '../output/terminal.js';

export interface LintOptions {
  readonly format: LintFormat;
  readonly fix?: boolean;
  readonly strict?: boolean;
  readonly config?: string;
  readonly list?: boolean;
}

export async function lint(paths: readonly string[], options: LintOptions): Promise<ExitCode> {
  const project = projectOf(orDefault(paths));
  const config = loadLintConfig(project.roots, options.config);
  if (options.list === true) return list(config, options.format);
  const bundle = loadBundle(project.roots);
  const report: ReportErrors = (errors) => brokenReport(errors, options.format);
  refuseErrors(bundle.diagnostics, report);
  const modules = [...bundle.modules, ...bundle.tests];
  const files = modules.map(({ source }) => source.path).filter(project.selects);
  if (files.length === 0)
    throw new UsageError('there is nothing to lint here', 'rules are in `*.rules` files');
  sayUnread(paths);
  const context = await lintContext(project.roots, bundle, config);
  refuseBroken(modules, bundle, context.whole, report);
  const run = (all: readonly Module[]) =>
    lintModules(all, context, host).filter(({ source }) => project.selects(source.path));
  const compiles = (all: readonly Module[]) =>
    compilePolicy({ ...bundle, modules: all }, host).policy !== null;
  const { findings, ...fixed } =
    options.fix === true
      ? fixAll(modules, { lint: run, compiles })
      : { findings: run(modules), modules, count: 0 };
  if (fixed.count > 0) write(modules, fixed.modules, fixed.count);
  const about = { paint, rules: lintRules, version: packageJson.version, files };
  const text = lintReport(findings, options.format, about);
  if (text !== '') print(text);
  const errors = findings.filter(isError).length;
  say(
    `${count(files.length, 'file')} linted: ${count(errors, 'error')}, ${count(findings.length - errors, 'warning')}`,
  );
  return errors > 0 || (options.strict === true && findings.length > 0) ? FINDING : YES;
}

function list(config: LintConfig, format: LintFormat): ExitCode {
  const rules = lintRules.map(({ id, category, level, doc, fixes = false, options }) => ({
    id,
    category,
    level: config.rules.get(id)?.level ?? level,
    fixes,
    doc,
    options,
  }));
  if (format === 'json') printJson(rules);
  else {
    const rows = rules.map(({ id, category, level, doc, fixes }) => [
      id,
      category,
      level,
      fixes ? 'fix' : '',
      doc,
    ]);
    print(table(['rule', 'category', 'level', '', 'what it requires'], rows));
  }
  return YES;
}

function brokenReport(errors: readonly Diagnostic[], format: LintFormat): string | null {
  return format === 'pretty' ? null : diagnosticReport('policy lint', errors, format);
}

/** `policy check` reports rules that do not compile; in a part of a rule set, the rest may be what is missing. */
function refuseBroken(
  modules: readonly Module[],
  bundle: Bundle,
  whole: boolean,
  report: ReportErrors,
): void {
  const { diagnostics } = compilePolicy({ ...bundle, modules }, host);
  if (whole) refuseErrors(diagnostics, report);
  else if (diagnostics.some(isError))
    say(
      `${paintTalk.yellow('note')}: these files do not compile without the others, so only what needs no types was checked`,
    );
}

/** All or nothing, in case somebody has written to one of the files meanwhile. */
function write(before: readonly Module[], after: readonly Module[], fixed: number): void {
  const changed = before.flatMap(({ source }, index) =>
    source.text === after[index]!.source.text ? [] : [{ source, text: after[index]!.source.text }],
  );
  for (const { source } of changed) {
    if (new TextDecoder().decode(readFileSync(source.path)) !== source.text)
      throw new UsageError(`\`${source.path}\` changed while it was linted`);
  }
  for (const { source, text } of changed) writeFileSync(source.path, text);
  say(`${count(fixed, 'finding')} fixed in ${count(changed.length, 'file')}`);
}
