/** What a session has under way that may still end after its time is over. */
import type { Link } from './link.js';
import { FRONTEND } from '../wire/messages.js';
import type { FrontendType } from '../wire/messages.js';

/** Whether the next message belongs to a transaction that has begun, by BEGIN or by a pipeline that no Sync has ended. */
export function continues({ conversation, state }: Pick<Link, 'conversation' | 'state'>): boolean {
  return !state.transaction.between && (state.transaction.expected !== 'idle' || conversation.inPipeline);
}

/** Whether a message would begin something after the session's time is over. */
export function isTooLate(link: Link, type: FrontendType): boolean {
  if (type === FRONTEND.Sync || type === FRONTEND.Flush || continues(link)) return false;
  return link.expiry.over;
}

/** For the record: what would be interrupted; null if nothing would be. `held`: a message waits to be handled. */
export function underWay(link: Link, held: boolean): string | null {
  const { conversation, pipeline } = link;
  if (conversation.target === 'copying') return 'a COPY that waited for rows';
  if (held || !pipeline.quiet) return 'a command';
  return continues(link) ? 'an idle transaction' : null;
}
