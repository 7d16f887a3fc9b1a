/** Rules from a command line, compiled against the facts. */
import { loadBundle, type Bundle } from '../src/engine/bundle.js';
import { compilePolicy } from '../src/engine/compile.js';
import type { EngineHost, Policy } from '../src/engine/policy.js';
import { factBuiltins } from '../src/facts/builtins.js';
import { factSchema } from '../src/facts/schema/index.js';
import type { Diagnostic } from '../grammar/diagnostic.js';
import { isError, paintDiagnostic } from './diagnostics.js';
import { UsageError } from './outcome.js';
import { orDefault } from './rule-files.js';
import { count, paintTalk, say } from './terminal.js';

export const host: EngineHost = { schema: factSchema, builtins: factBuiltins };

export interface RuleSet {
  readonly bundle: Bundle;
  readonly policy: Policy;
}

/** Rules that are to be used: where they do not compile, what is wrong with them is said and nothing goes on. */
export function loadRuleSet(paths: readonly string[] | undefined): RuleSet {
  const bundle = loadBundle(orDefault(paths));
  refuseErrors(bundle.diagnostics);
  const { policy, diagnostics } = compilePolicy(bundle, host);
  refuseErrors(diagnostics);
  return { bundle, policy: policy! };
}

/** Warnings are `policy check`'s to tell. */
export function refuseErrors(diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter(isError);
  if (errors.length === 0) return;
  for (const error of errors) say(`${paintDiagnostic(error, paintTalk)}\n`);
  throw new UsageError(`the rules do not compile: ${count(errors.length, 'error')}`);
}
