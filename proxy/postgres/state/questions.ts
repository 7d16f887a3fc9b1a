/** The gateway's own queries before a decision: the search path, and the types of parameters. */
import { decodeDataRow } from '../wire/backend-codec.js';
import { Fatal } from '../wire/fatal.js';
import { encodeNaming, encodeOwnQuery, FLUSH, SYNC } from '../wire/frontend-codec.js';
import type { Link } from './link.js';
import { FRONTEND, ProtocolViolation } from '../wire/messages.js';
import type { Bind, Message } from '../wire/messages.js';
import type { Prepared } from './prepared-statements.js';
import { pathQuery } from './session-path.js';
import { isOpen } from '../values/value-types.js';

/** After this many queries without an answer the path stays unknown. */
const QUESTIONS_MAX = 3;

/** Whether the state that gives a text its meaning is known. Queries it if not. */
export function isKnown(link: Link): boolean {
  const { question, state } = link;
  if (!state.settings.stale || state.transaction.expected === 'failed') return true;
  if (question.unanswered >= QUESTIONS_MAX) {
    state.statements.settle(null);
    state.settings.unsaid();
    return true;
  }
  ask(link);
  return false;
}

function ask({ conversation, names, pipeline, question, state, toUpstream }: Link): void {
  const query = pathQuery(state);
  question.asks(query);
  pipeline.pushQuestion(false);
  toUpstream.write(encodeOwnQuery(names.own, query.text));
  if (conversation.inPipeline) {
    // A Sync would end the client's implicit transaction.
    toUpstream.write(FLUSH);
    return;
  }
  pipeline.push({ kind: 'sync', own: true, doubtful: false });
  toUpstream.write(SYNC);
}

/**
 * Whether the parameter types of a statement are known, at least those that this Bind uses. The server resolves at Parse what
 * the client leaves open, and is asked for it if rules can read the values.
 */
export function areTypesKnown(link: Link, statement: Prepared, bind: Bind): boolean {
  const { statement: name, parameters } = bind;
  if (statement.described || !(link.session.readsValues() || comparesValues(link, statement, bind)))
    return true;
  const { parameterTypes } = statement;
  if (!parameters.some((value, index) => value !== null && isOpen(parameterTypes[index] ?? 0))) return true;
  const { conversation, pipeline, toUpstream } = link;
  conversation.began();
  pipeline.push({ kind: 'describe', own: true, of: 'statement', statement, portal: null });
  toUpstream.write(encodeNaming(FRONTEND.Describe, { of: 'statement', name }));
  toUpstream.write(FLUSH);
  return false;
}

/** Whether they are compared with the replacements that the session was shown. Text values are compared without their types. */
function comparesValues({ replacements }: Link, { stores }: Prepared, { parameterFormats }: Bind): boolean {
  return !replacements.isEmpty && stores !== false && parameterFormats.includes(1);
}

/** The value that was queried has arrived. Throws Fatal if it means that the session cannot go on. */
export function takeAnswer(link: Link, { bytes, start, end }: Message): void {
  const { path, pipeline, question, state } = link;
  const [value] = decodeDataRow(bytes, start, end);
  const { asked } = question;
  if (asked?.kind === 'schema') {
    const { head } = pipeline;
    if (head?.kind === 'execute' && head.silent !== true) asked.value = value?.toString('utf8') ?? null;
    return;
  }
  if (asked === null || value === null || value === undefined)
    throw new ProtocolViolation('the target sent a message out of place');
  const answer = path.read(asked, value);
  const { prepared, database, complaint } = answer;
  if (complaint !== null) throw new Fatal('42501', `denied by gateway.session_state: ${complaint}`, 'error');
  state.settings.said(answer);
  state.statements.settle(prepared);
  if (database !== null) link.confirm(database);
}
