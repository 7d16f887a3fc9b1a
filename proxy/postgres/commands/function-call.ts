/**
 * FunctionCall: a function called by its oid. libpq uses it to read and write large objects, and hardly anything else does.
 * Those functions have the same oids on every server (pg_proc.dat): a call of one is decided as the equivalent SELECT. A call
 * of any other is refused. PostgreSQL documentation, "Message Flow", section "Function Call".
 */
import { refuseQuery } from './denial.js';
import { finish } from '../state/failures.js';
import { decodeFunctionCall } from '../wire/frontend-codec.js';
import { judgeText, refuseUnread } from './judgement.js';
import { mayPass, startClock } from '../state/limits.js';
import { passUpstream } from '../state/link.js';
import type { Link } from '../state/link.js';
import type { FunctionCall, Message } from '../wire/messages.js';
import { FUNCTION_CALL, MASKED_CALL } from '../state/objections.js';
import type { Request } from '../state/pipeline.js';
import { portalOf } from '../state/portal.js';
import { outOfPlace } from '../state/preparations.js';
import { startRun } from '../state/run.js';

const INT4 = 23;
const INT8 = 20;
const BYTEA = 17;
const OID = 26;

/** Name and types of the arguments of `lo_…` functions by oid. */
const LARGE_OBJECT_FUNCTIONS: ReadonlyMap<number, readonly [string, ...number[]]> = new Map([
  [715, ['lo_create', OID]],
  [952, ['lo_open', OID, INT4]],
  [953, ['lo_close', INT4]],
  [954, ['loread', INT4, INT4]],
  [955, ['lowrite', INT4, BYTEA]],
  [956, ['lo_lseek', INT4, INT4, INT4]],
  [957, ['lo_creat', INT4]],
  [958, ['lo_tell', INT4]],
  [964, ['lo_unlink', OID]],
  [1004, ['lo_truncate', INT4, INT4]],
  [3170, ['lo_lseek64', INT4, INT8, INT4]],
  [3171, ['lo_tell64', INT4]],
  [3172, ['lo_truncate64', INT4, INT8]],
]);

/** False if it must wait. */
export function functionCall(link: Link, message: Message): boolean {
  const call = decodeFunctionCall(message.bytes, message.start, message.end);
  const [name, ...types] = LARGE_OBJECT_FUNCTIONS.get(call.functionOid) ?? [''];
  if (name === '' || types.length !== call.parameters.length) {
    refuseQuery(link, refuseUnread(link, 'query', '', FUNCTION_CALL), false);
    return true;
  }
  const text = `SELECT pg_catalog.${name}(${types.map((_, index) => `$${index + 1}`).join(', ')})`;
  const judged = judgeText(link, 'execute', text, asBound(link, call, text, types));
  if (judged === null) return false;
  if (judged.kind === 'refuse') {
    refuseQuery(link, judged, false);
    return true;
  }
  const run = startRun(judged);
  if (run.withhold) {
    // Its result has no column that a mask could apply to.
    finish(link, run, 'skipped');
    refuseQuery(link, refuseUnread(link, 'execute', text, MASKED_CALL), false);
    return true;
  }
  run.undo = link.state.forward(judged.analysis);
  startClock(link, run);
  link.pipeline.push({ kind: 'query', own: false, run });
  passUpstream(link, message);
  return true;
}

function asBound(
  { replacements, state }: Link,
  { parameterFormats, parameters, resultFormat }: FunctionCall,
  text: string,
  parameterTypes: readonly number[],
): ReturnType<typeof portalOf> {
  const statement = { text, plainOnly: false, parameterTypes, described: true, bySql: false };
  const bind = {
    portal: '',
    statement: '',
    parameterFormats,
    parameters,
    resultFormats: [resultFormat],
  };
  return portalOf(statement, bind, state.settings, replacements);
}

/** The function's result: true if the client may have it. ReadyForQuery follows. */
export function functionCallResponse(
  link: Link,
  head: Request | undefined,
  { start, end }: Message,
): boolean {
  if (head?.kind !== 'query') throw outOfPlace();
  const { run } = head;
  if (!mayPass(link, run, 1, end - start)) return false;
  run.rows++;
  run.bytes += end - start;
  return true;
}
