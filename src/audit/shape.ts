/** Whether something that was parsed is an event of event.ts, so that whoever reads a file can rely on its types. */
import type { AuditEvent, EventBody } from './event.js';

type Check = (value: unknown) => boolean;

/** Claims are bounded far below it. */
const DEPTH_MAX = 500;

const text: Check = (value) => typeof value === 'string';
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const number: Check = (value) => typeof value === 'number';
const truth: Check = (value) => typeof value === 'boolean';
/** Whatever JSON holds, as deep as those who read it can follow. */
const anything: Check = (value) => !deeperThan(value, DEPTH_MAX);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const either =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const anyOf =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
const nullable =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const mapOf =
  (check: Check): Check =>
  (value) =>
    isRecord(value) && Object.values(value).every(check);
const object =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) &&
    Object.entries(fields).every(([name, check]) =>
      check(Object.hasOwn(value, name) ? value[name] : undefined),
    );

function deeperThan(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return depth === 0 || Object.values(value).some((member) => deeperThan(member, depth - 1));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

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
const relation = object({
  schema: text,
  name: text,
  kind: either('table', 'other'),
  columns: nullable(listOf(text)),
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
const opening = { version: either(1), session: text, protocol: either('postgres'), client };

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
    context: object({
      transaction: either('idle', 'open', 'failed'),
      searchPath: nullable(listOf(text)),
      prepared: optional(mapOf(text)),
      cursors: optional(mapOf(text)),
      stale: optional(either(true)),
      plainOnly: optional(either(true)),
      user: optional(object({ current: text, session: text, schema: truth })),
      own: optional(listOf(relation)),
      parameterTypes: optional(listOf(count)),
      maskedWrite: optional(anyOf(either('unbound'), object({ reason: text }))),
    }),
    factsDigest: text,
    decision,
    forwarded: truth,
  }),
  result: object({
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
  }),
  closed: object({
    reason: either(
      ...['client', 'upstream', 'expired', 'refused', 'shutdown', 'error', 'interrupted', 'rolled'],
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
