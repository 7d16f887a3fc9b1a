/** `sallyport.yaml`, for the commands that can do without it. */
import { existsSync } from 'node:fs';
import { renderDiagnostic } from '../../grammar/diagnostic.js';
import type { ConfigResult, GatewayConfig } from '../../src/gateway/config/config.js';
import { UsageError } from '../output/outcome.js';
import { unreadable } from './rule-files.js';

export const CONFIG_FILE = 'sallyport.yaml';

/** The configuration that was named, or the one in this folder; null if none was named and none is here. */
export async function readConfig(path: string | undefined): Promise<GatewayConfig | null> {
  if (path === undefined && !existsSync(CONFIG_FILE)) return null;
  return requireConfig(path ?? CONFIG_FILE);
}

/** The loader brings zod and a YAML parser with it: it is loaded when there is something to read. */
export async function requireConfig(path: string): Promise<GatewayConfig> {
  const { loadConfig } = await import('../../src/gateway/config/config.js');
  let result;
  try {
    result = loadConfig(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  return requireValid(path, result);
}

/** If it is invalid, throws UsageError with every problem. */
export function requireValid(path: string, { config, diagnostics }: ConfigResult): GatewayConfig {
  if (config !== null) return config;
  throw new UsageError(`\`${path}\` is not valid\n\n${diagnostics.map(renderDiagnostic).join('\n\n')}`);
}

/** The folder of rules that a configuration names. Rules by URL are not fetched for a trial. */
export function rulesFolder({ rules }: GatewayConfig): string {
  if (rules.kind === 'folder') return rules.path;
  throw new UsageError('the rules in the configuration are a bundle by URL', 'name rules with `--rules`');
}
