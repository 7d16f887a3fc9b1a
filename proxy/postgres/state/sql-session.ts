/**
 * A session as this proxy uses it: the gateway's protocol-independent session plus what the gateway knows of the database. It
 * derives a meaning from SQL before a decision, and turns results into what the record keeps.
 */
import type { CommandResult } from '../../../src/audit/event.js';
import type { Limits } from '../../../src/engine/decision.js';
import type { CatalogueDelta } from '../../../src/facts/sql/catalogue/delta.js';
import type { Catalogue } from '../../../src/facts/sql/catalogue/catalogue.js';
import { isSameAt } from '../../../src/facts/sql/catalogue/names.js';
import type { SchemaChange } from '../../../src/facts/sql/catalogue/schema-change.js';
import type { SqlAnalysis, SqlContext } from '../../../src/facts/sql/scope/analysis.js';
import type { Phase } from '../../../src/facts/command.js';
import type { Command, Decided, Objection, Session } from '../../../src/gateway/session.js';
import type { MaskedWrite } from '../../../src/masking/sql/masked-write.js';
import { recordedContext } from '../../../src/protocols/sql/context.js';
import { boundedDetail, type SqlDetail } from '../../../src/protocols/sql/detail.js';
import { needsCatalogue, SqlMeaning, type SqlPlan } from '../../../src/protocols/sql/meaning.js';
import type { PostgresAccess } from '../../../src/targets/postgres/kind.js';
import { readChanged } from '../../../src/targets/postgres/read-named.js';
import type { Ask, UpstreamLogin } from '../../../src/targets/postgres/upstream-login.js';

type Settings = Omit<SqlContext, 'catalogue'>;

export interface SqlCommand {
  /** The catalogue including the session's own changes; left out if there are none. */
  readonly catalogue?: Catalogue | null;
  readonly phase: Phase;
  readonly text: string;
  readonly analysis: SqlAnalysis;
  readonly context: Settings;
  /** The protocol's own reasons to refuse: a setting that would change how text is read, a function call. */
  readonly objection?: Objection;
  /** It belongs to an open transaction, which may end after the session's time is over. */
  readonly continues?: boolean;
  /** It would store replacements that the session was shown, or that is not known yet. */
  readonly maskedWrite?: MaskedWrite;
  /** As `Command.enforces`. */
  readonly enforces?: readonly (keyof Limits)[];
}

/** How a command ended. */
export interface SqlResult extends Omit<CommandResult, 'kind' | 'detail'> {
  readonly detail: SqlDetail;
}

/** No command of this proxy waits for people. */
export type SqlVerdict = Decided<SqlPlan>;

/** What this proxy needs of a session. */
export type SqlSession = Pick<ServedSession, keyof ServedSession>;

export function openSqlSession(session: Session, access: PostgresAccess): SqlSession {
  return new ServedSession(session, access);
}

class ServedSession {
  readonly id: string;
  readonly identity: Session['identity'];
  readonly target: Session['target'];
  readonly lifetime: Session['lifetime'];
  readonly commandBytesMax: number;
  readonly sample: Session['sample'];
  readonly sessionState: PostgresAccess['sessionState'];
  readonly #session: Session;
  readonly #access: PostgresAccess;
  #upstream: UpstreamLogin;

  constructor(session: Session, access: PostgresAccess) {
    this.id = session.id;
    this.identity = session.identity;
    this.target = session.target;
    this.lifetime = session.lifetime;
    this.commandBytesMax = session.commandBytesMax;
    this.sample = session.sample;
    this.sessionState = access.sessionState;
    this.#session = session;
    this.#access = access;
    this.#upstream = access.upstream;
  }

  get upstream(): UpstreamLogin {
    return this.#upstream;
  }

  /**
   * The target has refused the login: asks for the credential again, which becomes `upstream` if it is another. Rejects with
   * GatewayError `secret-unreadable`.
   */
  async renewLogin(): Promise<boolean> {
    const fresh = await this.#access.renewLogin(this.#upstream);
    if (fresh !== null) this.#upstream = fresh;
    return fresh !== null;
  }

  /** The target's catalogue as last read; null if it could not be read yet. */
  catalogue(): Catalogue | null {
    return this.#access.catalogues.current();
  }

  /** Resolves when a catalogue is available or reading it has failed: no command can be decided well before that. */
  ready(): Promise<void> {
    return this.#access.catalogues.ready();
  }

  /**
   * Facts of a text, from the gateway's cache if text and context are the same. Otherwise pure. If a fault of the gateway makes
   * it impossible, records that, closes the session and throws GatewayError `internal-error`.
   */
  analyse(text: string, settings: Settings, catalogue?: Catalogue | null): SqlAnalysis {
    try {
      return this.#access.analyses.analyse(
        text,
        settings,
        catalogue === undefined ? this.catalogue() : catalogue,
      );
    } catch (error) {
      const context = (): object => recordedContext(text, settings, false, undefined);
      throw this.#session.fail(error, { phase: 'query', text, context });
    }
  }

  /** Whether the active rules can read bound values, so that their types must be known. */
  readsValues(): boolean {
    return this.#session.reads(['sql', 'parameters']);
  }

  /** As `Session.hasMasks`. */
  hasMasks(): boolean {
    return this.#session.hasMasks();
  }

  /** As `Session.decide`. */
  decide(command: SqlCommand): SqlVerdict {
    return this.#session.decide(this.#commandOf(command)) as SqlVerdict;
  }

  /** As `Session.decideSetting`: decides a start-up setting as the equivalent SET. */
  decideSetting(command: SqlCommand): SqlVerdict | null {
    return this.#session.decideSetting(this.#commandOf(command)) as SqlVerdict | null;
  }

  /** As `Session.passes`. */
  passes(command: SqlCommand): boolean {
    return this.#session.passes(this.#commandOf(command));
  }

  /** As `Session.passesAnyway`. */
  passesAnyway(command: SqlCommand): boolean {
    return this.#catalogueOf(command) !== null && this.#session.passesAnyway(this.#commandOf(command));
  }

  #catalogueOf({ catalogue }: SqlCommand): Catalogue | null {
    return catalogue === undefined ? this.catalogue() : catalogue;
  }

  #commandOf(command: SqlCommand): Command<SqlPlan> {
    const { phase, text, analysis, context, maskedWrite, continues, enforces } = command;
    const catalogue = this.#catalogueOf(command);
    const nameless = catalogue === null ? needsCatalogue(analysis) : null;
    return {
      phase,
      text,
      meaning: new SqlMeaning({
        text,
        analysis,
        catalogue,
        maskedWrite,
        parameters: context.parameters ?? undefined,
      }),
      parameters: context.parameters,
      context: () => recordedContext(text, context, analysis.unread.length > 0, maskedWrite),
      objection: command.objection ?? nameless ?? undefined,
      continues,
      enforces,
    };
  }

  /** As `Session.finish`. */
  finish(result: SqlResult): void {
    const { command, outcome, bytes, milliseconds, code } = result;
    const detail = boundedDetail(result.detail, this.sample);
    this.#session.finish({ kind: 'result', command, outcome, bytes, milliseconds, code, detail });
  }

  flush(): void {
    this.#session.flush();
  }

  /** DDL of this session is now visible to others: the objects that it names are read again, for all sessions. */
  schemaChanged(change: SchemaChange): void {
    this.#access.schemaChanged(change);
  }

  /** What DDL has changed since the catalogue was read, in this session or another. */
  changing(): SchemaChange {
    return this.#access.catalogues.changing();
  }

  /** Resolves, and never rejects, when that was read or reading it has failed; null if there is nothing to read. */
  settled(): Promise<void> | null {
    return this.#access.catalogues.settled();
  }

  /**
   * Reads the named objects as changed by this session and not yet visible to others, by queries in the client's own session.
   * Rejects if a query fails.
   */
  readChanged(names: readonly string[], ask: Ask): Promise<CatalogueDelta> {
    return readChanged(names, ask);
  }

  /**
   * A command names objects that the catalogue lacks and that may be new. Resolves, and never rejects, when changes were read;
   * null if that was done a moment ago.
   */
  renewCatalogue(): Promise<void> | null {
    return this.#access.catalogues.renew();
  }

  /** As `PostgresAccess.confirmDatabase`. */
  confirmDatabase(path: string): Promise<void> | null {
    return this.#access.confirmDatabase(path);
  }

  /**
   * Reads changes however recently that was done: a command depends on something that is missing. Resolves, and never rejects,
   * to whether that succeeded.
   */
  rereadCatalogue(): Promise<boolean> {
    return this.#access.catalogues.reread();
  }

  /**
   * Whether these names, in committed state, still resolve as in that catalogue. Never rejects: false if they cannot be read.
   */
  async confirmNames(names: ReadonlySet<string>, judgedBy: Catalogue | null): Promise<boolean> {
    const now = judgedBy === null ? null : await this.#access.catalogues.readNamed(names);
    return judgedBy !== null && now !== null && isSameAt(names, judgedBy, now);
  }

  close(...[reason, detail]: Parameters<Session['close']>): void {
    this.#session.close(reason, detail);
  }
}
