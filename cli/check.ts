/** `policy check`: are rules, data and configuration right? */
import { existsSync } from 'node:fs';
import type { Diagnostic } from '../grammar/diagnostic.js';
import { loadBundle } from '../src/engine/bundle.js';
import { compilePolicy } from '../src/engine/compile.js';
import type { Site } from '../src/engine/policy.js';
import type { GatewayConfig } from '../src/gateway/config.js';
import { catalogueColumns } from './catalogue-file.js';
import { CONFIG_FILE } from './config.js';
import { diagnosticJson, isError, paintDiagnostic } from './diagnostics.js';
import { FINDING, UsageError, YES, type ExitCode } from './outcome.js';
import { orDefault, unreadable } from './rule-files.js';
import { host } from './rule-set.js';
import { anySite, siteOf } from './site.js';
import { count, paint, print, printJson, say } from './terminal.js';

export interface CheckOptions {
  readonly format: 'pretty' | 'json';
}

interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  readonly rules: number;
  readonly configurations: number;
}

export async function check(paths: readonly string[], options: CheckOptions): Promise<ExitCode> {
  const checked = await checkAll(paths);
  if (checked.rules + checked.configurations === 0)
    throw new UsageError('there is nothing to check here', 'rules are in `*.rules` files');
  const errors = checked.diagnostics.filter(isError).length;
  if (options.format === 'json') printJson(checked.diagnostics.map(diagnosticJson));
  else for (const diagnostic of checked.diagnostics) print(`${paintDiagnostic(diagnostic, paint)}\n`);
  const warnings = checked.diagnostics.length - errors;
  const read = [
    ...(checked.rules === 0 ? [] : [count(checked.rules, 'file')]),
    ...(checked.configurations === 0 ? [] : [count(checked.configurations, 'configuration')]),
  ].join(' and ');
  say(`${read} checked: ${count(errors, 'error')}, ${count(warnings, 'warning')}`);
  return errors === 0 ? YES : FINDING;
}

/** A YAML file that is named itself is a configuration; in folders YAML is data, but for `sallyport.yaml`. */
async function checkAll(paths: readonly string[]): Promise<Checked> {
  const configurations = paths.filter((path) => /\.ya?ml$/.test(path) && !/\.catalogue\.ya?ml$/.test(path));
  if (paths.length === 0 && existsSync(CONFIG_FILE)) configurations.push(CONFIG_FILE);
  const others = paths.filter((path) => !configurations.includes(path));
  const diagnostics: Diagnostic[] = [];
  let site: Site | null = null;
  const folders = new Set(paths.length === 0 ? orDefault([]) : others);
  for (const path of configurations) {
    const { rules, problems, config } = await checkConfiguration(path);
    diagnostics.push(...problems);
    if (config !== null) site = siteOf(config);
    if (rules !== null) folders.add(rules);
  }
  site ??= await siteHere(configurations);
  const checked = folders.size === 0 ? { rules: 0, problems: [] } : checkRules([...folders], site);
  return {
    diagnostics: [...diagnostics, ...checked.problems],
    rules: checked.rules,
    configurations: configurations.length,
  };
}

/** Rules that are named alone are checked against the configuration of this folder, whose problems are not asked for. */
async function siteHere(checked: readonly string[]): Promise<Site> {
  if (checked.includes(CONFIG_FILE) || !existsSync(CONFIG_FILE)) return anySite;
  const { config } = await checkConfiguration(CONFIG_FILE);
  return config === null ? anySite : siteOf(config);
}

/** Rules and their tests together, as `policy test` reads them. */
function checkRules(
  paths: readonly string[],
  site: Site,
): { rules: number; problems: readonly Diagnostic[] } {
  const bundle = loadBundle(paths);
  const modules = [...bundle.modules, ...bundle.tests];
  const rules = new Set([...modules, ...bundle.diagnostics].map(({ source }) => source.path)).size;
  if (bundle.diagnostics.some(isError)) return { rules, problems: bundle.diagnostics };
  const { diagnostics } = compilePolicy(
    { ...bundle, modules, columns: catalogueColumns(bundle.catalogues), site },
    host,
  );
  return { rules, problems: [...bundle.diagnostics, ...diagnostics] };
}

async function checkConfiguration(path: string): Promise<{
  rules: string | null;
  problems: readonly Diagnostic[];
  config: GatewayConfig | null;
}> {
  const { loadConfig } = await import('../src/gateway/config.js');
  try {
    const { config, diagnostics } = loadConfig(path);
    return {
      rules: config?.rules.kind === 'folder' ? config.rules.path : null,
      problems: diagnostics,
      config,
    };
  } catch (error) {
    throw unreadable(path, error);
  }
}
