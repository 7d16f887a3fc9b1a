/** Rules that were read, compiled for the gateway. */
import type { Bundle } from '../../engine/bundle/bundle.js';
import { compilePolicy } from '../../engine/compile/compile.js';
import type { CompileResult } from '../../engine/policy.js';
import { factBuiltins } from '../../protocols/list.js';
import { factSchema } from '../../facts/schema/index.js';

export function compileRules({ modules, data, revision, diagnostics }: Bundle): CompileResult {
  if (diagnostics.some(({ severity }) => severity === 'error')) return { policy: null, diagnostics };
  return compilePolicy({ modules, data, revision }, { schema: factSchema, builtins: factBuiltins });
}
