/** `sallyport.yaml` as `policy serve` uses it: read at start, and again on request. */
import { readFileSync } from 'node:fs';
import { parseConfig, type GatewayConfig } from '../../src/gateway/config/config.js';
import { requireValid } from '../input/config.js';
import { unreadable } from '../input/rule-files.js';

/** Keys that cannot change while the process runs. */
const FIXED = ['rules', 'listen', 'workers', 'recordings', 'maskingKey'] as const;
/** As they are written in the file. */
const WRITTEN: Readonly<Record<(typeof FIXED)[number], string>> = {
  rules: 'rules',
  listen: 'listen',
  workers: 'workers',
  recordings: 'recordings',
  maskingKey: 'masking.key',
};

/** Throws UsageError if the text is no configuration. */
export function configOf(path: string, text: string): GatewayConfig {
  return requireValid(path, parseConfig(path, text));
}

/** Throws UsageError if the file cannot be read. */
export function readServedText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The keys that differ and take effect only after a restart. */
export function needsRestart(before: GatewayConfig, after: GatewayConfig): string[] {
  const changed: string[] = FIXED.filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  ).map((key) => WRITTEN[key]);
  // Whether TLS is offered at all is fixed when a client connects.
  if ((before.tls === null) !== (after.tls === null)) changed.push('tls');
  if (before.log.level !== after.log.level) changed.push('log.level');
  return changed;
}
