/** The rules in force, and the watch on their folder. */
import { watch, type FSWatcher } from 'node:fs';
import { renderDiagnostic, type Diagnostic } from '../../grammar/diagnostic.js';
import { GatewayError } from '../errors.js';
import { loadBundle } from '../engine/bundle.js';
import { compilePolicy } from '../engine/compile.js';
import type { Policy } from '../engine/policy.js';
import { factBuiltins } from '../facts/builtins.js';
import { factSchema } from '../facts/schema/index.js';
import type { Log } from './gateway.js';

const SETTLE_MS = 200;

export interface RuleSource {
  current(): Policy;
  close(): void;
}

/** Throws GatewayError `rules-invalid` where the rules do not compile at start: there is nothing to fall back on. */
export function watchRules(folder: string, log: Log): RuleSource {
  const first = compileFolder(folder);
  if (first.policy === null)
    throw new GatewayError('rules-invalid', first.diagnostics.map(renderDiagnostic).join('\n\n'));
  let policy = first.policy;
  let timer: NodeJS.Timeout | null = null;
  const reload = (): void => {
    timer = null;
    const { policy: next, diagnostics } = compileFolder(folder);
    if (next === null) {
      log.error(
        { problems: diagnostics.map(renderDiagnostic) },
        'the rules do not compile: the old ones stay in force',
      );
    } else if (next.revision !== policy.revision) {
      policy = next;
      log.info({ revision: next.revision }, 'new rules are in force');
    }
  };
  const watcher: FSWatcher = watch(folder, { recursive: true }, () => {
    timer ??= setTimeout(reload, SETTLE_MS);
  });
  watcher.on('error', (error) =>
    log.error({ error: error.message }, 'the rules folder is no longer watched'),
  );
  return {
    current: () => policy,
    close: () => {
      watcher.close();
      if (timer !== null) clearTimeout(timer);
    },
  };
}

function compileFolder(folder: string): { policy: Policy | null; diagnostics: readonly Diagnostic[] } {
  const bundle = loadBundle([folder]);
  if (bundle.diagnostics.some((one) => one.severity === 'error'))
    return { policy: null, diagnostics: bundle.diagnostics };
  const { modules, data, revision } = bundle;
  return compilePolicy({ modules, data, revision }, { schema: factSchema, builtins: factBuiltins });
}
