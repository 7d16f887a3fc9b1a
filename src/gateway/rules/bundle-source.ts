/** Rules from a signed bundle by URL: polled, and cached for a start without the server. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderDiagnostic } from '../../../grammar/diagnostic.js';
import { bundleOf, type Bundle } from '../../engine/bundle/bundle.js';
import { openBundle } from '../../engine/bundle/manifest.js';
import type { Policy } from '../../engine/policy.js';
import { GatewayError } from '../../errors.js';
import { compileRules } from './compile.js';
import { download } from './bundle-download.js';
import { readPublicKey, verifySignature } from './bundle-signature.js';
import type { RulesConfig } from '../config/config.js';
import type { Log } from '../../log.js';
import type { RuleSource } from './source.js';
import { secretReader, type SecretReader } from '../../config/secrets.js';

type BundleConfig = Extract<RulesConfig, { kind: 'bundle' }>;

/** Random variation of the interval, so that gateways started together do not poll together. */
const JITTER = 0.2;

interface Good {
  readonly policy: Policy;
  readonly hash: string;
}

/** Throws GatewayError if neither the server nor the cached copy has a valid bundle. */
export async function followBundle(config: BundleConfig, log: Log, clock: () => Date): Promise<RuleSource> {
  const source = new BundleSource(config, log, config.token && secretReader(config.token, clock));
  await source.start();
  return source;
}

class BundleSource implements RuleSource {
  readonly #config: BundleConfig;
  readonly #log: Log;
  readonly #token: SecretReader | null;
  readonly #kept: string;
  readonly #closing = new AbortController();
  #good: Good | null = null;
  #etag: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** The last poll found no valid bundle. */
  #failing = false;

  constructor(config: BundleConfig, log: Log, token: SecretReader | null) {
    this.#config = config;
    this.#token = token;
    this.#log = log;
    const name = createHash('sha256').update(config.url).digest('hex').slice(0, 16);
    this.#kept = join(config.cache, `${name}.tar.gz`);
  }

  current(): Policy {
    return this.#good!.policy;
  }

  close(): void {
    this.#closing.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async start(): Promise<void> {
    try {
      await this.#fetch();
    } catch (error) {
      await this.#startFromCopy(error);
    }
    this.#wait();
  }

  /** The copy is verified like a download: write access to the disk is no authority to sign. */
  async #startFromCopy(trouble: unknown): Promise<void> {
    try {
      const bytes = readFileSync(this.#kept);
      this.#good = await this.#accept(bytes);
    } catch (error) {
      const why = `${reasonOf(trouble)}; and the cached copy cannot be used: ${reasonOf(error)}`;
      const { origin, pathname } = new URL(this.#config.url);
      throw new GatewayError(
        'rules-unreadable',
        `the bundle at ${origin}${pathname} cannot be used: ${why}`,
        { cause: trouble },
      );
    }
    this.#failing = true;
    const fields = {
      code: 'rules-rejected' as const,
      problem: reasonOf(trouble),
      revision: this.#good.policy.revision,
    };
    this.#log.warn(fields, 'the bundle cannot be used; the last good one is in force');
  }

  #wait(): void {
    if (this.#closing.signal.aborted) return;
    const factor = 1 - JITTER + 2 * JITTER * Math.random();
    this.#timer = setTimeout(() => void this.#look(), this.#config.pollSeconds * 1000 * factor);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    try {
      await this.#fetch();
      if (this.#failing) {
        const { revision } = this.current();
        this.#log.info({ code: 'rules-good-again', revision }, 'the bundle can be used again');
      }
      this.#failing = false;
    } catch (error) {
      this.#failing = true;
      const fields = {
        code: 'rules-rejected' as const,
        problem: reasonOf(error),
        revision: this.current().revision,
      };
      if (!this.#closing.signal.aborted)
        this.#log.error(fields, 'the bundle cannot be used; the old rules stay in force');
    }
    this.#wait();
  }

  async #fetch(): Promise<void> {
    const token = this.#token && (await this.#token());
    const { signal } = this.#closing;
    const answer = await download({ url: this.#config.url, etag: this.#etag, token, signal });
    if (answer.kind === 'same') return;
    const first = this.#good === null;
    const next = this.#good?.hash === hashOf(answer.bytes) ? this.#good : await this.#accept(answer.bytes);
    // The ETag of a refused bundle is not kept: it is downloaded again, and the keys may have changed by then.
    this.#etag = answer.etag;
    if (next === this.#good) return;
    this.#good = next;
    this.#keep(answer.bytes);
    if (!first)
      this.#log.info({ code: 'rules-in-force', revision: next.policy.revision }, 'new rules are in force');
  }

  async #accept(bytes: Buffer): Promise<Good> {
    const open = openBundle(bytes);
    await verifySignature(open, this.#config.keys.map(readKeyFile));
    return { policy: requirePolicy(bundleOf(open)), hash: hashOf(bytes) };
  }

  /** Several processes may share the folder. A copy that cannot be written is no reason to stay with old rules. */
  #keep(bytes: Buffer): void {
    const temporary = `${this.#kept}.${randomUUID()}`;
    try {
      mkdirSync(this.#config.cache, { recursive: true, mode: 0o700 });
      writeFileSync(temporary, bytes, { mode: 0o600 });
      renameSync(temporary, this.#kept);
    } catch (error) {
      if (existsSync(temporary)) rmSync(temporary);
      this.#log.warn(
        { code: 'bundle-not-kept', problem: reasonOf(error) },
        'the bundle cannot be cached; a restart needs its server',
      );
    }
  }
}

function requirePolicy(bundle: Bundle): Policy {
  const { policy, diagnostics } = compileRules(bundle);
  if (policy === null)
    throw new GatewayError('rules-invalid', diagnostics.map(renderDiagnostic).join('\n\n'));
  return policy;
}

function readKeyFile(path: string) {
  try {
    return readPublicKey(readFileSync(path, 'utf8'));
  } catch (cause) {
    const why = cause instanceof GatewayError ? cause.message : 'it cannot be read';
    throw new GatewayError('bundle-key', `the key \`${path}\`: ${why}`, { cause });
  }
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function reasonOf(error: unknown): string {
  if (error instanceof GatewayError) return error.message;
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
