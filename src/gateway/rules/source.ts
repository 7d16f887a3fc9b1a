/** The rules in force, and the watch on their folder or bundle file. */
import { createHash } from 'node:crypto';
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { renderDiagnostic } from '../../../grammar/diagnostic.js';
import { causeOf, GatewayError } from '../../errors.js';
import { loadBundle } from '../../engine/bundle/bundle.js';
import type { Policy } from '../../engine/policy.js';
import { compileRules } from './compile.js';
import type { Log } from '../../log.js';

/**
 * How often the folder is checked. File system notifications follow an inode: they miss a renamed folder, a changed
 * link, a swapped ConfigMap, and anything on a network disk.
 */
const LOOK_MS = 200;
/** The share of time that checks may take; a large folder is checked less often. */
const LOOK_SHARE = 0.02;
/** An editor or a checkout writes several files. They are read together, once two checks in a row find them the same. */
const UNSTABLE_LOOKS_MAX = 3;

export interface RuleSource {
  current(): Policy;
  close(): void;
}

type Loaded =
  | { readonly kind: 'good'; readonly policy: Policy }
  | { readonly kind: 'bad'; readonly problems: readonly string[] };

/** Throws GatewayError `rules-invalid` if the rules do not compile at start: there is nothing to fall back on. */
export function watchRules(folder: string, log: Log, lookMs = LOOK_MS): RuleSource {
  let stamp = stampOf(folder);
  const first = load(folder);
  if (first.kind === 'bad') throw new GatewayError('rules-invalid', first.problems.join('\n\n'));
  let { policy } = first;
  let failing = false;
  const reload = (): void => {
    const next = load(folder);
    if (next.kind === 'bad') {
      failing = true;
      const fields = { code: 'rules-rejected', revision: policy.revision, problems: next.problems } as const;
      log.error(fields, 'the rules do not compile or cannot be read; the old ones stay in force');
      return;
    }
    if (next.policy.revision !== policy.revision) {
      policy = next.policy;
      log.info({ code: 'rules-in-force', revision: policy.revision }, 'new rules are in force');
    } else if (failing) {
      const fields = { code: 'rules-good-again', revision: policy.revision } as const;
      log.info(fields, 'the rules are valid again; they are the ones in force');
    }
    failing = false;
  };
  const seen = { stamp, looks: 0 };
  const look = (): void => {
    const now = stampOf(folder);
    if (now === stamp) return;
    const stable = now === seen.stamp || ++seen.looks >= UNSTABLE_LOOKS_MAX;
    seen.stamp = now;
    if (!stable) return;
    stamp = now;
    seen.looks = 0;
    reload();
  };
  return { current: () => policy, close: again(look, lookMs) };
}

/** A folder that disappears briefly, during a checkout, does not disable any rule. */
function load(path: string): Loaded {
  try {
    const { policy, diagnostics } = compileRules(loadBundle([path]));
    return policy === null
      ? { kind: 'bad', problems: diagnostics.map(renderDiagnostic) }
      : { kind: 'good', policy };
  } catch (error) {
    return { kind: 'bad', problems: [`the rules \`${path}\` cannot be read: ${causeOf(error)}`] };
  }
}

/** Changes whenever the folder is replaced, or the file or a file in the folder changes. Links are followed. */
function stampOf(folder: string): string {
  try {
    const place = realpathSync(folder);
    const isFolder = statSync(place).isDirectory();
    const names = isFolder ? readdirSync(place, { recursive: true, encoding: 'utf8' }).sort() : [''];
    const stamps = names.map((name) => {
      const at = statSync(join(place, name), { throwIfNoEntry: false });
      return at === undefined ? name : `${name} ${at.ino} ${at.mtimeMs} ${at.ctimeMs} ${at.size}`;
    });
    return createHash('sha256')
      .update([place, ...stamps].join('\n'))
      .digest('hex');
  } catch {
    return 'unreadable';
  }
}

/** Calls `look` every `lookMs`, less often if a call takes long. Returns a function that stops it. */
function again(look: () => void, lookMs: number): () => void {
  let timer: NodeJS.Timeout;
  const wait = (pause: number): void => {
    timer = setTimeout(() => {
      const started = performance.now();
      look();
      wait(Math.max(lookMs, (performance.now() - started) / LOOK_SHARE));
    }, pause);
    timer.unref();
  };
  wait(lookMs);
  return () => clearTimeout(timer);
}
