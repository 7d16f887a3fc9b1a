/**
 * A client's message that cannot be read, in an intact frame. A server answers it with an error and continues with the next; so
 * does the gateway, and the target receives nothing.
 */
import { refuse, refuseQuery } from './denial.js';
import { refuseUnread } from './judgement.js';
import type { Link } from '../state/link.js';
import { FRONTEND } from '../wire/messages.js';
import type { FrontendType, MalformedMessage } from '../wire/messages.js';
import { malformed, NOT_TEXT } from '../state/objections.js';

/** protocol_violation. */
const PROTOCOL_VIOLATION = '08P01';
/** character_not_in_repertoire. */
const NOT_IN_ENCODING = '22021';

export function refuseMalformed(link: Link, type: FrontendType, { fault, message }: MalformedMessage): void {
  if (type === FRONTEND.Query || type === FRONTEND.FunctionCall) {
    // The server reads the text before it frees any statement for it.
    refuseQuery(link, refusalOf(link, 'query', fault, message), false);
    return;
  }
  refuse(link, refusalOf(link, type === FRONTEND.Parse ? 'prepare' : 'execute', fault, message));
}

function refusalOf(
  link: Link,
  phase: Parameters<typeof refuseUnread>[1],
  fault: MalformedMessage['fault'],
  message: string,
): ReturnType<typeof refuseUnread> {
  if (fault === 'structure')
    return { ...refuseUnread(link, phase, '', malformed(message)), sqlstate: PROTOCOL_VIOLATION };
  const refused = refuseUnread(link, phase, '', NOT_TEXT);
  // In another encoding the server might have read it: then the gateway refuses it.
  return link.state.settings.foreign ? refused : { ...refused, sqlstate: NOT_IN_ENCODING };
}
