/** Shared parts of the schema of `sallyport.yaml`: names, secrets, addresses, session rules. */
import { z } from 'zod';
import { templateProblem } from '../identity/claims.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export const text = z.string().min(1, 'must not be empty');
export const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]*$/,
    'a name has letters, digits, `_`, `.` and `-`, and begins with a letter or digit',
  );
export const secret = z.union(
  [
    z.strictObject({ env: text }),
    z.strictObject({ file: text }),
    z.strictObject({ exec: z.tuple([text], z.string()) }),
  ],
  'must be `{env: NAME}`, `{file: path}` or `{exec: [command, argument]}`: secrets are never written in this file',
);
export const address = text.refine((value) => parseAddress(value) !== null, 'must be `host:port`');
export const template = z.string().superRefine((value, context) => {
  const problem = templateProblem(value);
  if (problem !== null) context.addIssue({ code: 'custom', message: `is not a template: ${problem}` });
});
export const count = (least: number, most: number): z.ZodNumber =>
  z.number().int('must be a whole number').min(least).max(most);

/** What the expiry of a token means for a session: in general, for an issuer, or for a target. */
export const sessions = z
  .strictObject({
    expiry: z
      .enum(
        ['end', 'finish_transaction', 'login'],
        'must be `end`, `finish_transaction` or `login`: what the expiry of a token means for its session',
      )
      .optional(),
    max_seconds: count(1, 30 * 86_400).optional(),
    grace_seconds: count(0, 86_400).optional(),
    notice_seconds: count(0, 3600).optional(),
  })
  .refine(({ expiry, grace_seconds }) => expiry !== 'end' || grace_seconds === undefined, {
    path: ['grace_seconds'],
    message: 'must not be set together with `expiry: end`, which allows no extra time',
  });

/** A file or a secret. PEM is several lines long and does not belong in a configuration. */
export const pem = z.union(
  [text, secret],
  'must be a file, or a secret as `{env: NAME}` or `{exec: [command, argument]}`',
);
export function parseAddress(value: string): Address | null {
  const match = /^(?:\[([^\]\s]+)\]|([^:\s/]+)):(\d{1,5})$/.exec(value);
  const port = Number(match?.[3]);
  return match === null || port > 65_535 ? null : { host: match[1] ?? match[2]!, port };
}
