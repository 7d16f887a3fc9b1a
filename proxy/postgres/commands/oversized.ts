/** A message over its limit, of which only the beginning is kept: it is refused, and recorded, when all of it has arrived. */
import { refuse, refuseQuery } from './denial.js';
import { refuseUnread } from './judgement.js';
import type { Link } from '../state/link.js';
import { FRONTEND } from '../wire/messages.js';
import type { FrontendType } from '../wire/messages.js';
import { FUNCTION_CALL, tooLarge } from '../state/objections.js';

const HEADER_BYTES = 5;

export type OversizedType =
  typeof FRONTEND.Bind | typeof FRONTEND.FunctionCall | typeof FRONTEND.Parse | typeof FRONTEND.Query;

const TYPES: ReadonlySet<FrontendType> = new Set([
  FRONTEND.Bind,
  FRONTEND.FunctionCall,
  FRONTEND.Parse,
  FRONTEND.Query,
]);

/** Messages that are refused if they are over their limit; their body is dropped as it arrives. */
export function mayBeOversized(type: FrontendType): type is OversizedType {
  return TYPES.has(type);
}

/** `head` is the beginning of the message, including its header. */
export function refuseOversized(link: Link, type: OversizedType, head: Buffer): void {
  const { limits, session } = link;
  const body = head.subarray(HEADER_BYTES);
  const ofText = tooLarge(session.commandBytesMax);
  switch (type) {
    case FRONTEND.Query:
      refuseQuery(link, refuseUnread(link, 'query', body.toString('utf8'), ofText));
      break;
    case FRONTEND.Parse: {
      // Its name is not read: it may be longer than the kept part.
      const text = body.subarray(body.indexOf(0) + 1).toString('utf8');
      refuse(link, refuseUnread(link, 'prepare', text, ofText));
      break;
    }
    case FRONTEND.Bind:
      refuse(link, refuseUnread(link, 'execute', '', tooLarge(limits.messageBytesMax)));
      break;
    case FRONTEND.FunctionCall:
      refuseQuery(link, refuseUnread(link, 'query', '', FUNCTION_CALL), false);
  }
}
