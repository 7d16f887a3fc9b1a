/** SQL from a command line or a test row to facts, by the gateway's own extractor. */
import type { Extractors, TestOptions } from '../../src/engine/testing/cases.js';
import type { Policy } from '../../src/engine/policy.js';
import { isObject, property, type ValueObject } from '../../src/values/value.js';
import type { SqlAnalysis } from '../../src/facts/sql/scope/analysis.js';
import type { CatalogueFile } from '../../src/facts/sql/catalogue/file.js';
import { deriveSql } from '../../src/facts/sql/derive.js';
import { refusalOfMaskedWrite } from '../../src/masking/sql/masked-write.js';
import type { ResultColumn } from '../../src/engine/testing/expectation.js';
import { parseColumnSelector, selectsColumn } from '../../src/masking/sql/column-selector.js';
import { resultMasks, type ResultMask } from '../../src/masking/sql/fields.js';
import { kinOf } from '../../src/masking/sql/kin.js';
import { settle } from '../../src/masking/sql/settle.js';
import { tagsFor } from '../../src/masking/sql/tags.js';
import type { CatalogueFinder } from '../input/catalogue-file.js';
import { protocolExtractors } from './protocol-extractors.js';

/** The text as a client would send it outside of any transaction, in a session that has just begun. */
export function analyse(text: string, catalogue: CatalogueFile | null): SqlAnalysis {
  const user = catalogue?.user;
  return deriveSql(text, {
    catalogue,
    user: user === undefined ? undefined : { current: user, session: user, schema: false },
    searchPath: catalogue?.searchPath ?? ['public'],
    prepared: new Map(),
    transaction: 'idle',
    parameters: null,
  });
}

/** What tests need of the gateway: facts from a command's text, and what becomes of a decision that masks. */
export interface CommandReader {
  readonly extractors: Extractors;
  readonly settle: NonNullable<TestOptions['settle']>;
}

/** The name of a test's target chooses the catalogue; `policy` knows the tags of columns. */
export function commandReader(catalogues: CatalogueFinder, policy: Policy): CommandReader {
  // A decision that masks asks for what its facts were just derived from.
  let last: {
    readonly text: string;
    readonly catalogue: CatalogueFile | null;
    readonly analysis: SqlAnalysis;
  } | null = null;
  const read = (text: string, facts: ValueObject) => {
    const catalogue = catalogues.find(targetName(facts));
    if (last?.text !== text || last.catalogue !== catalogue)
      last = { text, catalogue, analysis: analyse(text, catalogue) };
    return last;
  };
  const phase = 'query' as const;
  return {
    extractors: {
      ...protocolExtractors,
      sql: (text, facts) => ({
        sql: read(text, facts).analysis.sql,
        command: { protocol: 'postgres', text, phase },
      }),
    },
    settle: (decision, { protocol, text, facts, decide }) => {
      if (protocol !== 'sql') return { decision, columns: null };
      const { catalogue, analysis } = read(text, facts);
      const masked = refusalOfMaskedWrite(decision, facts, decide);
      const command = masked === null ? { phase, analysis } : { phase, analysis, objection: masked };
      const settled = settle(decision, command, catalogue, tagsFor(decision.masks, policy, facts));
      const columns = settled.masks.flatMap((plan, index) => resultMasks(analysis.statements[index]!, plan));
      return {
        decision: masked === null && decision.masks.length === 0 ? decision : settled.decision,
        columns: columns.map((column) => toColumn(column, catalogue)),
      };
    },
  };
}

function toColumn({ name, sources, mask }: ResultMask, catalogue: CatalogueFile | null): ResultColumn {
  const { method = null, detectors = [], rules = [] } = mask ?? {};
  return { name, method, detectors, rules, holds: (column) => mayHold(sources, column, catalogue) };
}

/** A column of a view or a partition holds the values of those under it. */
function mayHold(sources: ResultMask['sources'], column: string, catalogue: CatalogueFile | null): boolean {
  const selector = parseColumnSelector(column);
  if (selector === null) return false;
  if (sources === 'unknown') return true;
  return sources.some((source) => kinOf(catalogue, source).some((one) => selectsColumn(selector, one)));
}

function targetName(facts: ValueObject): string {
  const target = property(facts, 'target');
  const name = isObject(target) ? property(target, 'name') : undefined;
  return typeof name === 'string' ? name : '';
}
