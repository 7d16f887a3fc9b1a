/**
 * COPY from the client in a session that was shown masked values: its rows are looked through before they go to the target.
 * Where one holds such a value the COPY is failed as the protocol has it, by CopyFail in the place of what would have come
 * next: nothing of its rows stays. The target's error comes back in its place and is replaced by the refusal.
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

/** CopyInResponse has come. */
export function beginCopyIn({ replacements }: Link, run: Run): void {
  const copy = run.analysis.statements[run.statement]?.copy ?? null;
  run.incoming =
    run.maskedRows === null || copy?.direction !== 'in' ? null : new CopyReader(copy, replacements);
}

/** The command whose rows come from the client, where they are looked through. */
function reading({ pipeline: { head } }: Link): Run | null {
  const run = head?.kind === 'query' || head?.kind === 'execute' ? head.run : null;
  return run === null || run.incoming === null ? null : run;
}

/** A CopyData, or a part of one. False where the COPY is refused: the part was not sent, and nothing more of it may be. */
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
    // Where messages end means nothing to the server: each part becomes one, so that none is left open by a refusal.
    link.toUpstream.write(encodeCopyDataHeader(end - body));
    link.toUpstream.pass(bytes, body, end);
  }
  return true;
}

/** CopyDone: the last value may have had no end before. False where the COPY is refused. */
export function endCopyIn(link: Link): boolean {
  const run = reading(link);
  if (run === null) return true;
  const passes = !run.incoming!.finish() || isPassed(link, run);
  run.incoming = null;
  return passes;
}

/** A row holds what it must not: a rule may allow that; otherwise the COPY is failed. */
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
