/** The rules in force, and the watch on their folder or bundle file. */
import { createHash } from 'node:crypto';
import { readdirSync, statSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { renderDiagnostic } from '../../grammar/diagnostic.js';
import { GatewayError } from '../errors.js';
import { loadBundle } from '../engine/bundle.js';
import type { CompileResult, Policy } from '../engine/policy.js';
import { compileRules } from './compile-rules.js';
import type { Log } from './log.js';

/** An editor or a checkout writes several files: they are read together. */
const SETTLE_MS = 200;
/** Watching misses what happens behind a symbolic link or on a network disk. */
const LOOK_MS = 5000;

export interface RuleSource {
  current(): Policy;
  close(): void;
}

/** Throws GatewayError `rules-invalid` where the rules do not compile at start: there is nothing to fall back on. */
export function watchRules(folder: string, log: Log, lookMs = LOOK_MS): RuleSource {
  let stamp = stampOf(folder);
  const first = load(folder);
  if (first.policy === null)
    throw new GatewayError('rules-invalid', first.diagnostics.map(renderDiagnostic).join('\n\n'));
  let policy = first.policy;
  const reload = (): void => {
    const seen = stampOf(folder);
    if (seen === stamp) return;
    stamp = seen;
    const next = tryToLoad(folder);
    if (next.policy === null) {
      const problems = next.diagnostics.map(renderDiagnostic);
      const fields = { revision: policy.revision, problems };
      log.error(fields, 'the rules do not compile or cannot be read: the old ones stay in force');
    } else if (next.policy.revision !== policy.revision) {
      policy = next.policy;
      log.info({ revision: policy.revision }, 'new rules are in force');
    }
  };
  return { current: () => policy, close: whenChanged(folder, reload, lookMs) };
}

function load(path: string): CompileResult {
  return compileRules(loadBundle([path]));
}

/** A folder that is gone for a moment, in the middle of a checkout, takes no rule out of force. */
function tryToLoad(folder: string): CompileResult {
  try {
    return load(folder);
  } catch {
    return { policy: null, diagnostics: [] };
  }
}

/** Changes whenever the file or one below the folder does: cheap enough to be looked at every few seconds. */
function stampOf(folder: string): string {
  try {
    const isFolder = statSync(folder).isDirectory();
    const names = isFolder ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort() : [''];
    const stamps = names.map((name) => {
      const at = statSync(join(folder, name), { throwIfNoEntry: false });
      return at === undefined ? name : `${name} ${at.ino} ${at.mtimeMs} ${at.ctimeMs} ${at.size}`;
    });
    return createHash('sha256').update(stamps.join('\n')).digest('hex');
  } catch {
    return 'unreadable';
  }
}

/** Calls back after a change, and now and then without one. Gives the way to stop. */
function whenChanged(folder: string, changed: () => void, lookMs: number): () => void {
  let settling: NodeJS.Timeout | null = null;
  const soon = (): void => {
    settling ??= setTimeout(() => {
      settling = null;
      changed();
    }, SETTLE_MS);
  };
  const looking = setInterval(changed, lookMs);
  looking.unref();
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(folder, { recursive: true }, soon);
    watcher.on('error', () => watcher?.close());
  } catch {
    // Where there is no watching (too many watches, an unusual disk) the look every few seconds remains.
  }
  return () => {
    watcher?.close();
    clearInterval(looking);
    if (settling !== null) clearTimeout(settling);
  };
}
