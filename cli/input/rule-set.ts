/** Rules from a command line, compiled against the facts. */
import { loadBundle, type Bundle } from '../../src/engine/bundle/bundle.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import type { EngineHost, Policy } from '../../src/engine/policy.js';
import { factBuiltins } from '../../src/protocols/list.js';
import { factSchema } from '../../src/facts/schema/index.js';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import { isError, paintDiagnostic } from '../output/diagnostics.js';
import { UsageError } from '../output/outcome.js';
import { orDefault } from './rule-files.js';
import { count, paintTalk, print, say } from '../output/terminal.js';

export const host: EngineHost = { schema: factSchema, builtins: factBuiltins };

export interface RuleSet {
  readonly bundle: Bundle;
  readonly policy: Policy;
}

/**
 * Rules that are to be used: if they do not compile, reports the problems and stops. `alsoRead` are paths of data that
 * something other than the rules reads.
 */
export function loadRuleSet(
  paths: readonly string[] | undefined,
  report?: ReportErrors,
  alsoRead: readonly (readonly string[])[] = [],
): RuleSet {
  const bundle = loadBundle(orDefault(paths), alsoRead);
  refuseErrors(bundle.diagnostics, report);
  const { policy, diagnostics } = compilePolicy(bundle, host);
  refuseErrors(diagnostics, report);
  return { bundle, policy: policy! };
}

/** Errors in the requested format; null for the human-readable one, which was printed anyway. */
export type ReportErrors = (errors: readonly Diagnostic[]) => string | null;

/** `policy check` reports warnings. */
export function refuseErrors(diagnostics: readonly Diagnostic[], report?: ReportErrors): void {
  const errors = diagnostics.filter(isError);
  if (errors.length === 0) return;
  const printed = report?.(errors) ?? null;
  if (printed !== null) print(printed);
  for (const error of errors) say(`${paintDiagnostic(error, paintTalk)}\n`);
  throw new UsageError(`the rules do not compile: ${count(errors.length, 'error')}`);
}
