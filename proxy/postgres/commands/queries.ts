/** Query: a text that is answered before anything follows it. */
import { refuseQuery } from './denial.js';
import { decodeQuery } from '../wire/frontend-codec.js';
import { judgeNew } from './judgement.js';
import type { Judged } from './judgement.js';
import { startClock } from '../state/limits.js';
import { passUpstream } from '../state/link.js';
import type { Link } from '../state/link.js';
import { startRun } from '../state/run.js';
import type { Message } from '../wire/messages.js';

/** False if it must wait. */
export function query(link: Link, message: Message): boolean {
  const judged = judgeQuery(link, message);
  if (judged === null) return false;
  if (judged.kind === 'refuse') refuseQuery(link, judged);
  else forwardQuery(link, message, judged);
  return true;
}

function judgeQuery(link: Link, { bytes, start, end }: Message): Judged | null {
  return judgeNew(link, 'query', decodeQuery(bytes, start, end, link.state.settings.foreign));
}

function forwardQuery(link: Link, message: Message, judged: Judged & { kind: 'forward' }): void {
  const { pipeline, state } = link;
  // The server frees the unnamed statement for every Query, and the unnamed portal for a Query that is not empty. Only Bind
  // makes such a portal, so the server itself reports one that is gone.
  state.statements.set('', null);
  const run = startRun(judged);
  run.undo = state.forward(judged.analysis);
  startClock(link, run);
  if (run.withhold) state.transaction.withhold();
  pipeline.push({ kind: 'query', own: false, run });
  passUpstream(link, message);
}
