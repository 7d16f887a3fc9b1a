/** Carries out a refusal: what the target gets in place of the refused message, and how the client's side continues. */
import { encodeError, encodeReadyForQuery } from '../wire/backend-codec.js';
import { encodeNaming, SYNC } from '../wire/frontend-codec.js';
import type { Judged } from './judgement.js';
import type { Link } from '../state/link.js';
import { FRONTEND } from '../wire/messages.js';
import type { PoisonAnswer } from '../state/pipeline.js';
import { answerTo } from '../state/refusal.js';

export type Refused = Judged & { kind: 'refuse' };

/** In the extended protocol: the target fails at the place of the message, and skips to Sync. */
export function refuse(link: Link, refused: Refused, sqlstate?: string): void {
  poison(link, refused.rule, answerTo(refused.refusal, sqlstate ?? refused.sqlstate));
  link.conversation.refused();
}

/** The same for an unknown statement of this name: the target reports it as it does any nonexistent statement. */
export function refuseMissing(link: Link, { rule, refusal }: Refused, name: string): void {
  poison(link, rule, answerTo(refusal), name);
  link.conversation.refused();
}

/**
 * Outside a transaction nothing has to fail: the refusal is sent at once, and the target receives nothing. The server frees the
 * unnamed statement even for a Query that it refuses, but not for a function call.
 */
export function refuseQuery(link: Link, refused: Refused, frees = true): void {
  const { conversation, pipeline, state, toClient, toUpstream } = link;
  const answer = answerTo(refused.refusal, refused.sqlstate);
  const unnamed = frees && state.statements.get('') !== undefined;
  if (
    !unnamed &&
    state.transaction.status !== 'open' &&
    state.transaction.expected === state.transaction.status &&
    !conversation.inPipeline
  ) {
    toClient.write(encodeError({ severity: 'ERROR', ...answer }));
    toClient.write(encodeReadyForQuery(state.transaction.status));
    return;
  }
  if (unnamed) freeUnnamed(link);
  poison(link, refused.rule, answer);
  pipeline.push({ kind: 'sync', own: false, doubtful: false });
  toUpstream.write(SYNC);
}

/** The server drops the unnamed statement before it reads the Query or Parse that then fails. */
export function freeUnnamed({ pipeline, state, toUpstream }: Link): void {
  pipeline.push({ kind: 'close', own: true, undo: state.statements.set('', null) });
  toUpstream.write(encodeNaming(FRONTEND.Close, { of: 'statement', name: '' }));
}

function poison(link: Link, rule: string, answer: PoisonAnswer, missing: string | null = null): void {
  const { conversation, names, pipeline, toUpstream } = link;
  const name = names.poison(rule);
  conversation.began();
  pipeline.push({ kind: 'poison', own: false, name, answer, missing });
  toUpstream.write(encodeNaming(FRONTEND.Describe, { of: 'statement', name }));
}
