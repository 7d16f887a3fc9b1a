/** Parse: a statement is given to the target under a name, to be run later. */
import type { AnalysedStatement } from '../../../src/facts/sql/scope/analysis.js';
import { freeUnnamed, refuse } from './denial.js';
import type { Refused } from './denial.js';
import { decodeParse } from '../wire/frontend-codec.js';
import { judgeNew, refuseUnread } from './judgement.js';
import type { Judged } from './judgement.js';
import { passUpstream } from '../state/link.js';
import type { Link } from '../state/link.js';
import type { Message, Parse } from '../wire/messages.js';
import { LONG_NAME, TOO_MANY_STATEMENTS } from '../state/objections.js';
import { NAME_BYTES_MAX } from '../../../src/facts/sql/name-bytes.js';
import { startRun } from '../state/run.js';

/** False if it must wait. */
export function parse(link: Link, message: Message): boolean {
  const parsed = decodeParse(message.bytes, message.start, message.end, link.state.settings.foreign);
  const judged = judgeParse(link, parsed);
  if (judged === null) return false;
  if (judged.kind === 'forward') forwardParse(link, message, parsed, judged);
  else refuseParse(link, parsed, judged);
  return true;
}

function judgeParse(link: Link, { name, text }: Parse): Judged | null {
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) return refuseUnread(link, 'prepare', text, LONG_NAME);
  if (!link.state.statements.hasRoomFor(text))
    return refuseUnread(link, 'prepare', text, TOO_MANY_STATEMENTS);
  return judgeNew(link, 'prepare', text);
}

function refuseParse(link: Link, { name }: Parse, judged: Refused): void {
  if (name === '' && link.state.statements.get('') !== undefined) freeUnnamed(link);
  refuse(link, judged);
}

function forwardParse(
  link: Link,
  message: Message,
  { name, text, parameterTypes }: Parse,
  judged: Judged & { kind: 'forward' },
): void {
  const { conversation, pipeline, state } = link;
  const run = startRun(judged);
  run.undo = state.statements.set(name, {
    text,
    plainOnly: state.settings.plainOnly,
    parameterTypes,
    described: false,
    bySql: false,
    stores: judged.analysis.error !== null || judged.analysis.statements.some(storesValues),
  });
  pipeline.push({ kind: 'parse', own: false, run });
  conversation.began();
  passUpstream(link, message);
}

function storesValues({ stored }: AnalysedStatement): boolean {
  return stored !== undefined;
}
