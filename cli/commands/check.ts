/** `policy check`: are rules, data and configuration right? */
import { existsSync } from 'node:fs';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import { loadBundle } from '../../src/engine/bundle/bundle.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import type { Site } from '../../src/engine/policy.js';
import type { GatewayConfig } from '../../src/gateway/config/config.js';
import { catalogueColumns } from '../input/catalogue-file.js';
import { CONFIG_FILE } from '../input/config.js';
import { diagnosticReport, type DiagnosticFormat } from '../output/diagnostic-report.js';
import { isError, paintDiagnostic } from '../output/diagnostics.js';
import { FINDING, UsageError, YES, type ExitCode } from '../output/outcome.js';
import { projectOf, sayUnread } from '../input/project.js';
import { orDefault, readText } from '../input/rule-files.js';
import { host } from '../input/rule-set.js';
import { anySite, siteOf } from '../lint/site.js';
import { count, paint, print, say } from '../output/terminal.js';

export interface CheckOptions {
  readonly format: 'pretty' | DiagnosticFormat;
  /** The gateway runs on another machine: what the configuration names is not looked for here. */
  readonly elsewhere?: boolean;
}

interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  readonly rules: readonly string[];
  readonly configurations: readonly string[];
}

export async function check(paths: readonly string[], options: CheckOptions): Promise<ExitCode> {
  const checked = await checkAll(paths, options.elsewhere === true);
  const files = [...checked.rules, ...checked.configurations];
  if (files.length === 0)
    throw new UsageError('there is nothing to check here', 'rules are in `*.rules` files');
  sayUnread(orDefault(paths));
  const errors = checked.diagnostics.filter(isError).length;
  printDiagnostics(checked.diagnostics, options, files);
  const warnings = checked.diagnostics.length - errors;
  const read = [
    ...(checked.rules.length === 0 ? [] : [count(checked.rules.length, 'file')]),
    ...(checked.configurations.length === 0 ? [] : [count(checked.configurations.length, 'configuration')]),
  ].join(' and ');
  say(`${read} checked: ${count(errors, 'error')}, ${count(warnings, 'warning')}`);
  return errors === 0 ? YES : FINDING;
}

function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  { format }: CheckOptions,
  files: readonly string[],
): void {
  if (format === 'pretty') {
    for (const diagnostic of diagnostics) print(`${paintDiagnostic(diagnostic, paint)}\n`);
    return;
  }
  const report = diagnosticReport('policy check', diagnostics, format, files);
  if (report !== '') print(report);
}

/** A YAML file that is named itself is a configuration; in folders YAML is data, except `sallyport.yaml`. */
async function checkAll(paths: readonly string[], elsewhere: boolean): Promise<Checked> {
  const configurations = paths.filter((path) => /\.ya?ml$/.test(path) && !/\.catalogue\.ya?ml$/.test(path));
  if (paths.length === 0 && existsSync(CONFIG_FILE)) configurations.push(CONFIG_FILE);
  const others = paths.filter((path) => !configurations.includes(path));
  const diagnostics: Diagnostic[] = [];
  let site: Site | null = null;
  const folders = new Set(paths.length === 0 ? orDefault([]) : others);
  for (const path of configurations) {
    const { rules, problems, config } = await checkConfiguration(path, elsewhere);
    diagnostics.push(...problems);
    if (config !== null && problems.length === 0) site = siteOf(config);
    if (rules !== null) folders.add(rules);
  }
  site ??= await siteHere(configurations);
  const checked = folders.size === 0 ? { rules: [], problems: [] } : checkRules([...folders], site);
  return {
    diagnostics: [...diagnostics, ...checked.problems],
    rules: checked.rules,
    configurations,
  };
}

/** Rules that are named alone are checked against the configuration of this folder, whose problems are not reported. */
async function siteHere(checked: readonly string[]): Promise<Site> {
  if (checked.includes(CONFIG_FILE) || !existsSync(CONFIG_FILE)) return anySite;
  const { config } = await checkConfiguration(CONFIG_FILE, true);
  return config === null ? anySite : siteOf(config);
}

/**
 * Rules and their tests together, as `policy test` reads them. Warnings concern the named files; errors are those of the whole
 * rule set, which compiles or does not.
 */
function checkRules(
  paths: readonly string[],
  site: Site,
): { rules: readonly string[]; problems: readonly Diagnostic[] } {
  const { roots, selects } = projectOf(paths);
  const bundle = loadBundle(roots);
  const modules = [...bundle.modules, ...bundle.tests];
  const files = new Set([...modules, ...bundle.diagnostics].map(({ source }) => source.path));
  const rules = [...files].filter(selects).sort();
  const told = (one: Diagnostic): boolean => isError(one) || selects(one.source.path);
  if (bundle.diagnostics.some(isError)) return { rules, problems: bundle.diagnostics };
  const { diagnostics } = compilePolicy(
    { ...bundle, modules, columns: catalogueColumns(bundle.catalogues), site },
    host,
  );
  return { rules, problems: [...bundle.diagnostics, ...diagnostics].filter(told) };
}

async function checkConfiguration(
  path: string,
  elsewhere: boolean,
): Promise<{
  rules: string | null;
  problems: readonly Diagnostic[];
  config: GatewayConfig | null;
}> {
  const { parseConfig } = await import('../../src/gateway/config/config.js');
  const { placeProblems } = await import('../../src/gateway/preflight.js');
  const text = readText(path);
  const { config, diagnostics } = parseConfig(path, text);
  const problems = config === null || elsewhere ? diagnostics : placeProblems(path, text, config, new Date());
  const rules = config?.rules.kind === 'folder' && existsSync(config.rules.path) ? config.rules.path : null;
  return { rules, problems, config };
}
