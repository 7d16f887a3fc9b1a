/** Parse: a statement is given to the target under a name, to be run later. */
import type { AnalysedStatement } from '../../../src/facts/sql/scope/analysis.js';
import { freeUnnamed, refuse } from './denial.js';
import type { Refused } from './denial.js';
import type { FrameReader } from '../wire/frame-reader.js';
import { decodeParse } from '../wire/frontend-codec.js';
import { judgeNew, refuseUnread } from './judgement.js';
import type { Judged } from './judgement.js';
import { passUpstream } from '../state/link.js';
import type { Link } from '../state/link.js';
import type { Parse } from '../wire/messages.js';
import { LONG_NAME, TOO_MANY_STATEMENTS } from '../state/objections.js';
import { oversized } from './queries.js';
import { NAME_BYTES_MAX } from '../../../src/facts/sql/name-bytes.js';
import { startRun } from '../state/run.js';

/** False where it must wait. */
export function parse(link: Link, message: FrameReader): boolean {
  const head = link.flow.oversized;
  if (head !== null) {
    // Of such a message the name is not looked for: it may be longer than the part at hand.
    refuse(link, oversized(link, head, 'prepare'));
    return true;
  }
  const parsed = decodeParse(message.bytes, message.start, message.end, link.state.foreign);
  const judged = judgeParse(link, parsed);
  if (judged === null) return false;
  if (judged.kind === 'forward') forwardParse(link, message, parsed, judged);
  else refuseParse(link, parsed, judged);
  return true;
}

function judgeParse(link: Link, { name, text }: Parse): Judged | null {
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) return refuseUnread(link, 'prepare', text, LONG_NAME);
  if (!link.state.hasRoomFor(text)) return refuseUnread(link, 'prepare', text, TOO_MANY_STATEMENTS);
  return judgeNew(link, 'prepare', text);
}

function refuseParse(link: Link, { name }: Parse, judged: Refused): void {
  if (name === '' && link.state.statement('') !== undefined) freeUnnamed(link);
  refuse(link, judged);
}

function forwardParse(
  link: Link,
  message: FrameReader,
  { name, text, parameterTypes }: Parse,
  judged: Judged & { kind: 'forward' },
): void {
  const { flow, pipeline, state } = link;
  const run = startRun(judged);
  run.undo = state.setStatement(name, {
    text,
    plainOnly: state.plainOnly,
    parameterTypes,
    described: false,
    bySql: false,
    stores: judged.analysis.error !== null || judged.analysis.statements.some(storesValues),
  });
  pipeline.push({ kind: 'parse', own: false, run });
  flow.midCycle = true;
  passUpstream(link, message);
}

function storesValues({ stored }: AnalysedStatement): boolean {
  return stored !== undefined;
}
