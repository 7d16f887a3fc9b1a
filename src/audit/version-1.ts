/**
 * Version 1 of the format, for PostgreSQL only: the event itself held how a command ended. It is converted to today's
 * event. A session that began under version 1 may have been closed by a gateway that writes version 2.
 */
import { count, either, listOf, nullable, number, object, optional, text, truth } from './checks.js';
import type { CommandResult, EventHead } from './event.js';

const result = object({
  kind: either('result'),
  command: count,
  outcome: either('completed', 'error', 'skipped', 'lost'),
  tags: listOf(text),
  rows: count,
  bytes: count,
  sqlstate: optional(text),
  message: optional(text),
  columns: optional(listOf(text)),
  sample: optional(listOf(listOf(nullable(text)))),
  sampleTruncated: optional(truth),
  maskedRows: optional(truth),
  milliseconds: number,
});

interface OldResult extends EventHead {
  readonly kind: 'result';
  readonly command: number;
  readonly outcome: CommandResult['outcome'];
  readonly bytes: number;
  readonly milliseconds: number;
  readonly sqlstate?: string;
  readonly [detail: string]: unknown;
}

/** The same event in today's form; anything else is returned as it is. */
export function upgraded(event: unknown): unknown {
  if (!result(event)) return event;
  const { seq, at, prev, kind, command, outcome, bytes, milliseconds, sqlstate, ...detail } =
    event as OldResult;
  const code = sqlstate === undefined ? {} : { code: sqlstate };
  return { seq, at, prev, kind, command, outcome, bytes, milliseconds, ...code, detail };
}
