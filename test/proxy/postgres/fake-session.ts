/** A gateway that needs no tokens, rules or files: it lets everybody in and decides by regular expressions. */
import { anyChange, noChange, type SchemaChange } from '../../../src/facts/sql/catalogue/schema-change.js';
import { Unknown, type Value } from '../../../src/values/value.js';
import type { Decision } from '../../../src/engine/decision.js';
import type { SessionClosed } from '../../../src/audit/event.js';
import type { AnalysedStatement, SessionChange, SqlAnalysis } from '../../../src/facts/sql/scope/analysis.js';
import type { Lifetime } from '../../../src/config/lifetime.js';
import type { AccessRequest } from '../../../src/gateway/session.js';
import type { UpstreamLogin } from '../../../src/targets/postgres/upstream-login.js';
import type { MaskPlan } from '../../../src/masking/sql/plan.js';
import type { SqlGateway, SqlAdmission } from '../../../proxy/postgres/proxy.js';
import type {
  SqlCommand,
  SqlResult,
  SqlSession,
  SqlVerdict,
} from '../../../proxy/postgres/state/sql-session.js';

export interface FakeRules {
  /** A statement that matches is refused. */
  readonly deny?: RegExp;
  /** A statement with such a value among its parameters is refused. */
  readonly denyValue?: Value;
  /** A statement that matches has all of its columns redacted. */
  readonly mask?: RegExp;
  /** The session is over at a statement that matches. */
  readonly expire?: RegExp;
  /** How long sessions last; for ever where it is left out. */
  readonly lifetime?: Lifetime;
  /** Two rows and no more. */
  readonly limit?: RegExp;
}

export interface FakeGateway extends SqlGateway {
  readonly judged: SqlCommand[];
  readonly finished: SqlResult[];
  readonly closed: { readonly reason: SessionClosed['reason']; readonly detail: string | undefined }[];
  readonly requests: AccessRequest[];
  refreshed: number;
  changing: SchemaChange;
  /** What reading the catalogue waits for. */
  reading: Promise<void>;
}

/** The token `wrong` is refused. */
export function fakeGateway(upstream: UpstreamLogin, rules: FakeRules = {}): FakeGateway {
  const gateway: FakeGateway = {
    maskingKey: Buffer.alloc(32, 7),
    judged: [],
    finished: [],
    closed: [],
    requests: [],
    refreshed: 0,
    changing: noChange,
    reading: Promise.resolve(),
    admit: (request) => {
      gateway.requests.push(request);
      const admission: SqlAdmission =
        request.token === 'wrong'
          ? { kind: 'refused', why: 'unproven', message: 'authentication failed', hint: 'a hint' }
          : { kind: 'admitted', session: fakeSession(gateway, upstream, rules) };
      return Promise.resolve(admission);
    },
  };
  return gateway;
}

function fakeSession(gateway: FakeGateway, upstream: UpstreamLogin, rules: FakeRules): SqlSession {
  let commands = 0;
  return {
    id: 'a session',
    identity: {
      subject: 'ci',
      issuer: 'https://issuer.example',
      kind: 'service',
      name: 'ci',
      groups: [],
      claims: {},
      expiresAt: new Date('2049-01-01'),
    },
    target: { name: 'orders', labels: {} },
    upstream,
    sessionState: 'fixed',
    commandBytesMax: 1024 * 1024,
    sample: { rows: 20, bytes: 16_384 },
    lifetime: rules.lifetime ?? FOREVER,
    catalogue: () => null,
    ready: () => Promise.resolve(),
    analyse: (text) => ({ ...analyse(text), unread: gateway.changing === noChange ? [] : ['anything'] }),
    hasMasks: () => rules.mask !== undefined,
    readsValues: () => rules.denyValue !== undefined,
    decideSetting(command): SqlVerdict | null {
      return rules.deny?.test(command.text) === true ? this.decide(command) : null;
    },
    passes: (command) => rules.deny?.test(command.text) !== true,
    passesAnyway: () => false,
    decide(command): SqlVerdict {
      gateway.judged.push(command);
      if (rules.expire?.test(command.text) === true)
        return { kind: 'expired', message: 'the token has expired' };
      const number = ++commands;
      const { objection } = command;
      const valueDenied =
        rules.denyValue !== undefined && command.context.parameters?.includes(rules.denyValue) === true;
      if (objection !== undefined || valueDenied || rules.deny?.test(command.text) === true) {
        const rule = objection?.rule ?? 'test.deny';
        const message = `denied by ${rule}: ${objection?.reason ?? 'not here'}`;
        const refusal = { message, detail: null, hint: objection?.hint ?? null };
        return { kind: 'refuse', command: number, decision: decision('deny', rule), refusal };
      }
      const masked = rules.mask?.test(command.text) === true;
      const masks = command.analysis.statements.map((statement) => (masked ? maskAll(statement) : CLEAR));
      const allowed = decision('allow', 'test.allow');
      const limits = rules.limit?.test(command.text) === true ? { rows: 2 } : {};
      return { kind: 'forward', command: number, decision: { ...allowed, limits }, plan: { masks } };
    },
    finish: (result) => void gateway.finished.push(result),
    flush: () => undefined,
    renewCatalogue: () => null,
    renewLogin: () => Promise.resolve(false),
    confirmDatabase: () => null,
    confirmNames: () => Promise.resolve(true),
    rereadCatalogue: () => Promise.resolve(true),
    schemaChanged: () => {
      gateway.refreshed++;
      gateway.changing = anyChange;
    },
    changing: () => gateway.changing,
    settled: () =>
      gateway.changing === noChange ? null : gateway.reading.then(() => void (gateway.changing = noChange)),
    readChanged: (names) =>
      Promise.resolve({ replaced: new Set(names), relations: [], functions: [], behaviours: [] }),
    close: (reason, detail) => void gateway.closed.push({ reason, detail }),
  };
}

const FOREVER: Lifetime = { endsAt: Infinity, stopsAt: Infinity, noticeAt: Infinity, cause: 'token' };

const CLEAR: MaskPlan = { kind: 'clear' };

function maskAll(statement: AnalysedStatement): MaskPlan {
  const masks = [
    {
      rule: 'test.mask',
      selectors: [{ by: 'column' as const, value: '*.*' }],
      method: { kind: 'redact' as const },
    },
  ];
  return { kind: 'mask', masks, statement, catalogue: null, tags: new Map() };
}

function decision(effect: 'allow' | 'deny', rule: string): Decision {
  return {
    effect,
    rules: [{ id: rule, effect, file: 'test.rules', line: 1, reasons: [] }],
    unknowns: [],
    reasons: [],
    reviews: [],
    masks: [],
    limits: {},
    shadows: [],
    revision: 'test',
  };
}

/** Good enough for texts of tests: statements end with `;`, the first word says what they are. */
function analyse(text: string): SqlAnalysis {
  const statements = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(statement);
  const sql = { statements: new Unknown('not derived') };
  return { sql, statements, inert: new Set(), missing: false, names: new Set(), unread: [], error: null };
}

function statement(text: string): AnalysedStatement {
  const verb = /^\w+/.exec(text)?.[0].toLowerCase() ?? '';
  const session = changes(verb, text);
  const effects = new Set<string>();
  if (verb === 'set' || verb === 'reset' || verb === 'discard') effects.add('session');
  if (verb === 'do' || verb === 'call' || /\bset_config\b/i.test(text)) effects.add('code');
  return {
    verb,
    // A SET that answers something would be a SELECT of `set_config`.
    output:
      verb === 'set'
        ? { kind: 'none' }
        : {
            kind: 'unknown',
            reason: 'not derived',
            from: [{ schema: 'public', table: 'any', column: 'any' }],
          },
    moved: [],
    filtered: [],
    copy: null,
    effects,
    session,
  };
}

function changes(verb: string, text: string): SessionChange[] {
  switch (verb) {
    case 'begin':
    case 'commit':
    case 'savepoint':
    case 'release':
      return [{ kind: 'transaction', verb }];
    case 'rollback':
      return [{ kind: 'transaction', verb: /\bto\b/i.test(text) ? 'rollback-to' : 'rollback' }];
    case 'create':
    case 'drop':
    case 'alter':
      return [{ kind: 'ddl', changes: anyChange }];
    case 'set': {
      const [, name, value] =
        /^set\s+(?:local\s+|session\s+)?(\w+)\s*(?:=|to|\s)\s*'?([^']*)'?$/i.exec(text) ?? [];
      return [{ kind: 'set', name: (name ?? '*').toLowerCase(), value: value ?? null, local: false }];
    }
    case 'prepare': {
      const [, name, prepared] = /^prepare\s+(\w+).*?\bas\s+(.*)$/is.exec(text) ?? [];
      return [{ kind: 'prepare', name: name ?? '', text: prepared ?? '' }];
    }
    case 'discard':
      return [
        { kind: 'deallocate', name: null },
        { kind: 'close-cursor', name: null },
      ];
    case 'declare': {
      const [, name, query] = /^declare\s+(\w+).*?\bfor\s+(.*)$/is.exec(text) ?? [];
      const hold = /\bwith\s+hold\b/i.test(text);
      return [{ kind: 'declare-cursor', name: name ?? '', text: query ?? '', hold }];
    }
    case 'close': {
      const [, name] = /^close\s+(\w+)/i.exec(text) ?? [];
      return [{ kind: 'close-cursor', name: name?.toLowerCase() === 'all' ? null : (name ?? null) }];
    }
    case 'deallocate': {
      const [, name] = /^deallocate\s+(\w+)/i.exec(text) ?? [];
      return [{ kind: 'deallocate', name: name?.toLowerCase() === 'all' ? null : (name ?? null) }];
    }
    default:
      return [];
  }
}
