/** Checks that parsed JSON is an event of event.ts, so that readers can rely on the types. */
import {
  anything,
  count,
  either,
  json,
  listOf,
  mapOf,
  nullable,
  number,
  object,
  optional,
  text,
  truth,
  type Check,
} from './checks.js';
import { VERSION, type AuditEvent, type EventBody } from './event.js';

const client = object({ address: text, port: count, application: text });
const effect = either('allow', 'deny', 'review', 'mask', 'limit');
const fired = object({ id: text, effect, file: text, line: count, reasons: listOf(text) });
const shadow = object({
  id: text,
  effect,
  file: text,
  line: count,
  reasons: listOf(text),
  undecided: optional(text),
});
const unknown = object({ id: text, effect, file: text, line: count, reason: text, fact: nullable(text) });
const review = object({
  rule: text,
  reason: text,
  groups: listOf(text),
  quorum: count,
  withinSeconds: number,
});
const mask = object({
  rule: text,
  selectors: listOf(object({ by: either('column', 'tagged', 'pattern', 'field', 'header'), value: text })),
  method: object({
    kind: either('null', 'redact', 'replace', 'hash', 'email', 'partial'),
    text: optional(text),
    keepLast: optional(count),
  }),
});
const limit = optional(number);
const decision = object({
  effect: either('allow', 'deny', 'review'),
  rules: listOf(fired),
  unknowns: listOf(unknown),
  mightAllow: optional(listOf(unknown)),
  reasons: listOf(text),
  reviews: listOf(review),
  masks: listOf(mask),
  limits: object({ rows: limit, bytes: limit, seconds: limit }),
  shadows: listOf(shadow),
  revision: text,
});
const opening = { version: either(1, VERSION), session: text, protocol: text, client };

const bodies: Readonly<Record<EventBody['kind'], Check>> = {
  opened: object({
    ...opening,
    identity: object({
      subject: text,
      issuer: text,
      kind: either('service', 'human'),
      name: text,
      groups: listOf(text),
      claims: anything,
      expiresAt: text,
    }),
    target: object({ name: text, type: text, database: text, labels: mapOf(text) }),
  }),
  refused: object({
    ...opening,
    requested: object({ target: text, user: text }),
    reason: text,
    unrecorded: optional(count),
    part: optional(object({ log: text, number: count, before: nullable(text) })),
  }),
  command: object({
    command: count,
    phase: either('query', 'prepare', 'execute'),
    text,
    parameters: optional(listOf(anything)),
    context: json,
    factsDigest: text,
    decision,
    forwarded: truth,
  }),
  result: object({
    command: count,
    outcome: either('completed', 'error', 'skipped', 'lost'),
    bytes: count,
    milliseconds: number,
    code: optional(text),
    detail: optional(json),
  }),
  frame: object({ channel: count, stream: either('output', 'input', 'resize'), data: text }),
  review: object({
    command: count,
    review: text,
    state: either('requested', 'approved', 'declined', 'expired', 'withdrawn'),
    by: optional(text),
    reason: optional(text),
  }),
  channel: object({
    channel: count,
    state: either('opened', 'closed'),
    type: text,
    code: optional(text),
    bytes: optional(count),
  }),
  file: object({
    command: count,
    operation: text,
    path: text,
    bytes: optional(count),
    sha256: optional(text),
  }),
  closed: object({
    reason: either(
      ...['client', 'upstream', 'idle', 'expired', 'refused', 'shutdown', 'error', 'interrupted', 'rolled'],
    ),
    detail: optional(text),
    commands: count,
  }),
};

const head = object({ seq: count, at: isTime, prev: text, kind: text });

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

export function isEvent(value: unknown): value is AuditEvent {
  if (!head(value)) return false;
  const { kind } = value as { kind: string };
  return Object.hasOwn(bodies, kind) && bodies[kind as EventBody['kind']](value);
}
