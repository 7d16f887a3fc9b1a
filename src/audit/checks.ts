/** Checks of parsed JSON by its shape, combined: `object({ name: text, tags: listOf(text) })`. */
import { deeperThan } from '../values/nesting.js';

export type Check = (value: unknown) => boolean;

/** The bounds on claims, contexts and details are far below this. */
const DEPTH_MAX = 500;

export const text: Check = (value) => typeof value === 'string';
export const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
export const number: Check = (value) => typeof value === 'number';
export const truth: Check = (value) => typeof value === 'boolean';
/** Any JSON, to a depth that readers can handle. */
export const anything: Check = (value) => !deeperThan(value, DEPTH_MAX);
/** An object with any JSON members. */
export const json: Check = (value) => isRecord(value) && anything(value);
export const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
export const either =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
export const anyOf =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
export const nullable =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
export const mapOf =
  (check: Check): Check =>
  (value) =>
    isRecord(value) && Object.values(value).every(check);
export const object =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) &&
    Object.entries(fields).every(([name, check]) =>
      check(Object.hasOwn(value, name) ? value[name] : undefined),
    );

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
