/** SQL from a command line or a test row to facts, by the gateway's own extractor. */
import type { Extractors } from '../src/engine/cases.js';
import { isObject, property, type ValueObject } from '../src/engine/value.js';
import type { SqlAnalysis } from '../src/facts/sql/analysis.js';
import type { Catalogue } from '../src/facts/sql/catalogue.js';
import { deriveSql } from '../src/facts/sql/derive.js';
import type { CatalogueFinder } from './catalogue-file.js';

/** The text as a client would send it outside of any transaction, in a session that has just begun. */
export function analyse(text: string, catalogue: Catalogue | null): SqlAnalysis {
  return deriveSql(text, {
    catalogue,
    searchPath: catalogue?.searchPath ?? ['public'],
    prepared: new Map(),
    transaction: 'idle',
    parameters: null,
  });
}

/** The name of a test's target chooses the catalogue. */
export function extractors(catalogues: CatalogueFinder): Extractors {
  return {
    sql: (text, facts) => ({
      sql: analyse(text, catalogues.find(targetName(facts))).sql,
      command: { protocol: 'postgres', text, phase: 'query' },
    }),
  };
}

function targetName(facts: ValueObject): string {
  const target = property(facts, 'target');
  const name = isObject(target) ? property(target, 'name') : undefined;
  return typeof name === 'string' ? name : '';
}
