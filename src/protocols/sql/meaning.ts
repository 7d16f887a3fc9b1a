/** The meaning of SQL for the guard: its facts, and a mask plan for each statement. */
import type { FixedRule } from '../../engine/fixed-rule.js';
import type { Decision, MaskInstruction } from '../../engine/decision.js';
import type { Facts } from '../../engine/policy.js';
import type { ResultColumn } from '../../engine/testing/expectation.js';
import { memberOf } from '../../facts/sql/catalogue/family.js';
import type { Catalogue, ColumnName } from '../../facts/sql/catalogue/catalogue.js';
import type { SqlAnalysis } from '../../facts/sql/scope/analysis.js';
import { parseColumnSelector, selectsColumn } from '../../masking/column-selector.js';
import { resultMasks, type ResultMask } from '../../masking/sql/fields.js';
import { relatedColumns } from '../../masking/sql/inheritance.js';
import {
  allowsMaskedRows,
  refusalOfMaskedWrite,
  withMaskedWrite,
  type MaskedWrite,
} from '../../masking/sql/masked-write.js';
import type { MaskPlan } from '../../masking/sql/plan.js';
import { reachingMasks } from '../../masking/sql/reaching.js';
import { planDecision } from '../../masking/sql/planned-decision.js';
import { tagsFor } from '../../masking/sql/tags.js';
import { nearest } from '../../values/nearest.js';
import { property, type Maybe, type ValueObject } from '../../values/value.js';
import type { Varying } from '../../values/varying.js';
import type { Asked, Circumstances, Meaning, Reading, Planned } from '../meaning.js';

/** What the proxy carries out. */
export interface SqlPlan {
  /** One for each top-level statement, none of kind `refuse`. */
  readonly masks: readonly MaskPlan[];
  /** For COPY FROM STDIN in a session that was shown masked values: how to treat rows that contain replacements. */
  readonly maskedRows?: 'pass' | 'refuse' | undefined;
}

export interface SqlParts {
  readonly text: string;
  readonly analysis: SqlAnalysis;
  /** The catalogue as the session sees it. Null: not known. */
  readonly catalogue: Catalogue | null;
  /** Bound values, given separately so that facts need not be derived again for a known meaning. */
  readonly parameters?: Maybe;
  /** Set if the command would store replacements that the session was shown, or if that is not known yet. */
  readonly maskedWrite?: MaskedWrite | undefined;
}

const VARYING: Varying = { sql: { parameters: true, statements: { '*': { text: true } } } };

const ABSENT_MAX = 5;
const COMPARED_MAX = 1000;

export class SqlMeaning implements Meaning<SqlPlan> {
  readonly varying = VARYING;
  readonly #parts: SqlParts;

  constructor(parts: SqlParts) {
    this.#parts = parts;
  }

  get roots(): ValueObject {
    const { analysis, maskedWrite } = this.#parts;
    return withMaskedWrite({ sql: analysis.sql }, maskedWrite);
  }

  /** What a session was shown is not part of the text's meaning, so such a command has a key of its own. */
  get key(): object {
    return this.#parts.maskedWrite === undefined ? this.#parts.analysis.statements : this;
  }

  get reusable(): boolean {
    const { analysis, catalogue, maskedWrite } = this.#parts;
    return catalogue !== null && analysis.statements.length > 0 && maskedWrite === undefined;
  }

  get reading(): Reading | null {
    const { catalogue } = this.#parts;
    return catalogue === null ? null : memberOf(catalogue);
  }

  get values(): Maybe {
    const { parameters, analysis } = this.#parts;
    return parameters ?? property(analysis.sql, 'parameters');
  }

  plan(decided: Decision, { facts, policy, phase, fixed }: Circumstances): Planned<SqlPlan> {
    const { analysis, catalogue, maskedWrite } = this.#parts;
    const decide = (given: Facts): Decision => policy.decide(given);
    const tags = tagsFor(decided.masks, policy, facts);
    const reason = maskedWrite?.kind === 'found' ? maskedWrite.reason : undefined;
    const masked = fixed === undefined ? refusalOfMaskedWrite(decided, facts, decide, reason) : null;
    const objection = fixed ?? masked ?? undefined;
    const { decision, masks } = planDecision(decided, { phase, analysis, objection }, catalogue, tags);
    const columns = (): readonly ResultColumn[] =>
      masks.flatMap((plan, index) =>
        resultMasks(analysis.statements[index]!, plan).map((column) => toColumn(column, catalogue)),
      );
    if (decision.effect === 'deny') return { decision, plan: null, hint: masked?.hint, columns };
    const rows = maskedWrite?.kind === 'rows';
    const maskedRows = rows ? (allowsMaskedRows(facts, decide) ? 'pass' : 'refuse') : undefined;
    return { decision, plan: { masks, maskedRows }, columns };
  }

  unknowns(): readonly string[] {
    const { text, analysis, catalogue } = this.#parts;
    const { error, errorAt, absent = [] } = analysis;
    if (error !== null) return [errorAt === undefined ? error : `${error}, ${placeOf(text, errorAt)}`];
    return absent.slice(0, ABSENT_MAX).map(({ written, schema, name }, at) => {
      const there = catalogue?.relations.filter((one) => one.schema === schema).map((one) => one.name) ?? [];
      // Looking up very many names would be an expensive answer to a cheap mistake.
      const like = at === 0 && there.length <= COMPARED_MAX ? nearest(name, there) : null;
      return `relation "${written}" does not exist${like === null ? '' : `: did you mean "${like}"?`}`;
    });
  }

  reaching(masks: readonly MaskInstruction[], facts: Facts, policy: Asked): readonly MaskInstruction[] {
    const { analysis, catalogue } = this.#parts;
    const tags = tagsFor(masks, policy, facts);
    return reachingMasks(masks, { statements: analysis.statements, catalogue, tags });
  }
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

function toColumn({ name, sources, mask }: ResultMask, catalogue: Catalogue | null): ResultColumn {
  const { method = null, detectors = [], rules = [] } = mask ?? {};
  return { name, method, detectors, rules, holds: (column) => mayHold(sources, column, catalogue) };
}

/** A column of a view or a partition holds the values of its underlying columns. */
function mayHold(
  sources: readonly ColumnName[] | 'unknown',
  column: string,
  catalogue: Catalogue | null,
): boolean {
  const selector = parseColumnSelector(column);
  if (selector === null) return false;
  if (sources === 'unknown') return true;
  return sources.some((source) =>
    relatedColumns(catalogue, source).some((one) => selectsColumn(selector, one)),
  );
}

/** Effects that involve no names: a client may always end its transaction. */
const NAMELESS_EFFECTS: ReadonlySet<string> = new Set(['transaction', 'session']);

/**
 * Without a catalogue a view looks like a table, and what it reads is not visible. Tests of rules may run without one;
 * a live target may not. Null if the text needs no names.
 */
export function needsCatalogue({
  statements,
  error,
}: SqlAnalysis): (FixedRule & { readonly hint: string }) | null {
  const nameless = statements.every(({ effects }) =>
    [...effects].every((effect) => NAMELESS_EFFECTS.has(effect)),
  );
  if (nameless && error === null) return null;
  const reason = 'the catalogue of the target cannot be read at the moment, so that names mean nothing';
  return { rule: 'gateway.catalogue', reason, hint: 'try again in a moment' };
}
