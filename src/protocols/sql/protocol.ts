/** PostgreSQL: SQL texts, read as in a new session or as in the recorded session. */
import { BuiltinError } from '../../engine/builtins/define/builtin.js';
import { deriveSql } from '../../facts/sql/derive.js';
import { sql } from '../../facts/schema/sql.js';
import type { SqlContext } from '../../facts/sql/scope/analysis.js';
import { MASKED_WRITE } from '../../masking/sql/masked-write.js';
import { text as textual } from '../../values/schema.js';
import type { Protocol } from '../protocol.js';
import type { World } from '../world.js';
import { isRecordedContext, maskedWriteOf, settingsOf } from './context.js';
import { isSqlDetail, showDetail } from './detail.js';
import { SqlMeaning } from './meaning.js';

/** A new session: without a catalogue, unqualified names refer to the schema `public`. */
function newSession({ catalogue }: World): SqlContext {
  const user = catalogue?.user;
  return {
    catalogue,
    user: user === undefined ? undefined : { current: user, session: user, schema: false },
    searchPath: catalogue?.searchPath ?? ['public'],
    prepared: new Map(),
    transaction: 'idle',
    parameters: null,
  };
}

export const postgres: Protocol = {
  name: 'postgres',
  row: 'sql',
  hasDatabases: true,
  builtin: {
    name: 'facts.sql',
    parameters: [{ name: 'text', type: textual }],
    result: sql.type,
    doc: 'The facts of a piece of SQL, as `sql` would hold them; names resolve to the schema `public`.',
    call: ([source], context) => {
      if (typeof source !== 'string') throw new BuiltinError('`facts.sql` takes the text of SQL');
      // Parsing costs more than an operation of the engine: a loop over it must run out of budget.
      context.spend(100 + Math.ceil(source.length / 10));
      return deriveSql(source, newSession({ catalogue: null })).sql;
    },
  },
  read(text, _given, world) {
    const analysis = deriveSql(text, newSession(world));
    return new SqlMeaning({ text, analysis, catalogue: world.catalogue });
  },
  readRecorded({ text, context, parameters }, { catalogue }) {
    if (!isRecordedContext(context)) return null;
    const analysis = deriveSql(text, { catalogue, ...settingsOf(context, parameters) });
    return new SqlMeaning({ text, analysis, catalogue, maskedWrite: maskedWriteOf(context) });
  },
  show: (detail) => (isSqlDetail(detail) ? showDetail(detail) : null),
  liftable: [MASKED_WRITE],
  fromCommandLine: (text) => text,
};
