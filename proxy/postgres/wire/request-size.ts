/** The maximum size of each client message, and which oversized messages end the session. */
import { never } from '../../../src/errors.js';
import type { Handling } from './frame-reader.js';
import { FRONTEND, isFrontendType, ProtocolViolation } from './messages.js';

/** PostgreSQL's own PQ_SMALL_MESSAGE_LIMIT, for messages that hold at most a name; it counts the length field itself. */
const SMALL_BYTES_MAX = 10_000 - 4;

/** In bytes of the body. */
export interface RequestBounds {
  readonly bind: number;
  readonly text: number;
}

/** Throws ProtocolViolation for a message that the session does not survive. */
export function handlingOf(type: number, bodyBytes: number, bounds: RequestBounds): Handling {
  if (!isFrontendType(type)) throw new ProtocolViolation('a message of no known type');
  switch (type) {
    case FRONTEND.CopyData:
      return 'stream';
    case FRONTEND.Query:
    case FRONTEND.Parse:
      // A longer message is refused and its body dropped as it arrives; the session goes on.
      return bodyBytes > bounds.text ? 'stream' : 'whole';
    case FRONTEND.Bind:
    case FRONTEND.FunctionCall:
      return bodyBytes > bounds.bind ? 'stream' : 'whole';
    case FRONTEND.PasswordMessage:
      throw new ProtocolViolation('a password out of place');
    case FRONTEND.Close:
    case FRONTEND.CopyDone:
    case FRONTEND.CopyFail:
    case FRONTEND.Describe:
    case FRONTEND.Execute:
    case FRONTEND.Flush:
    case FRONTEND.Sync:
    case FRONTEND.Terminate:
      if (bodyBytes > SMALL_BYTES_MAX) throw new ProtocolViolation('a small message over its limit');
      return 'whole';
    default:
      return never(type);
  }
}
