/** What the gateway asks for itself before it can judge: the search path, and the catalogue after DDL. */
import { encodeOwnQuery, FLUSH, SYNC } from './frontend-codec.js';
import type { Link } from './link.js';
import { pathQuery } from './session-path.js';

/** After so many questions without an answer the path stays unknown. */
const QUESTIONS_MAX = 3;

/** Whether the state that gives a text its meaning is known. Asks for it where it is not. */
export function isKnown(link: Link): boolean {
  const { flow, state, pipeline } = link;
  if (state.catalogueStale && state.status === 'idle' && !flow.midCycle && pipeline.quiet) {
    // Inside a transaction what it created is not there for others: the catalogue is read again when it has ended.
    state.catalogueStale = false;
    link.refresh();
    return false;
  }
  if (!state.pathStale || state.expected === 'failed' || flow.unanswered >= QUESTIONS_MAX) return true;
  ask(link);
  return false;
}

function ask({ flow, names, pipeline, state, toUpstream }: Link): void {
  const query = pathQuery(state);
  flow.asking = query;
  pipeline.push({ kind: 'parse', own: true, run: null });
  pipeline.push({ kind: 'bind', own: true, withhold: false, undo: null });
  pipeline.push({ kind: 'execute', own: true, run: null, portal: null });
  pipeline.push({ kind: 'close', own: true, undo: null });
  pipeline.push({ kind: 'close', own: true, undo: null });
  toUpstream.write(encodeOwnQuery(names.own, query.text));
  if (flow.midCycle) {
    // A Sync would end the client's implicit transaction.
    toUpstream.write(FLUSH);
    return;
  }
  pipeline.push({ kind: 'sync', own: true, doubtful: false });
  toUpstream.write(SYNC);
}
