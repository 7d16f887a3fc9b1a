/**
 * COPY from the client in a session that was shown masked values: its rows are scanned before they go to the target. If one
 * holds such a value, the COPY is failed in the protocol's way, by CopyFail in place of the next message: none of its rows are
 * stored. The target's error is replaced by the refusal.
 */
import { maskedWriteRefusal } from '../../../src/masking/sql/masked-write.js';
import { CopyReader } from '../copy/reader.js';
import { encodeCopyDataHeader, encodeCopyFail } from '../wire/frontend-codec.js';
import { passUpstream } from '../state/link.js';
import type { Link } from '../state/link.js';
import type { Run } from '../state/run.js';
import type { MessagePart } from '../wire/messages.js';

const HEADER_BYTES = 5;
/** insufficient_privilege. */
const REFUSED = '42501';
const REASON = 'a row holds what this session was shown in place of a masked value';

/** CopyInResponse was received. */
export function beginCopyIn({ replacements }: Link, run: Run): void {
  const copy = run.analysis.statements[run.statement]?.copy ?? null;
  run.incoming =
    run.maskedRows === null || copy?.direction !== 'in' ? null : new CopyReader(copy, replacements);
}

/** The command whose rows come from the client, if they are scanned. */
function reading({ pipeline: { head } }: Link): Run | null {
  const run = head?.kind === 'query' || head?.kind === 'execute' ? head.run : null;
  return run === null || run.incoming === null ? null : run;
}

/** A CopyData, or a part of one. False if the COPY is refused: the part was not sent, and nothing more of it may be. */
export function passCopyData(link: Link, message: MessagePart): boolean {
  const run = reading(link);
  if (run === null) {
    passUpstream(link, message);
    return true;
  }
  const { bytes, start, end, first, last } = message;
  const body = first ? start + HEADER_BYTES : start;
  if (run.incoming!.push(bytes, body, end) && !isPassed(link, run)) return false;
  if (first && last) passUpstream(link, message);
  else if (end > body) {
    // The server ignores message boundaries: each part becomes a message, so that a refusal leaves none incomplete.
    link.toUpstream.write(encodeCopyDataHeader(end - body));
    link.toUpstream.pass(bytes, body, end);
  }
  return true;
}

/** CopyDone: the last value may not have ended before. False if the COPY is refused. */
export function endCopyIn(link: Link): boolean {
  const run = reading(link);
  if (run === null) return true;
  const passes = !run.incoming!.finish() || isPassed(link, run);
  run.incoming = null;
  return passes;
}

/** A row holds a replacement: a rule may allow that; otherwise the COPY is failed. */
function isPassed(link: Link, run: Run): boolean {
  if (run.maskedRows === 'pass') {
    run.wroteMasked = true;
    return true;
  }
  const { rule, hint } = maskedWriteRefusal();
  const message = `denied by ${rule}: ${REASON}`;
  run.incoming = null;
  run.stopped ??= message;
  run.failure ??= { sqlstate: REFUSED, message, hint };
  link.toUpstream.write(encodeCopyFail(message));
  return false;
}
