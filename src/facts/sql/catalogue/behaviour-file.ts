/** The parts of a catalogue file that tell what reading and writing sets off. */
import { z } from 'zod';

const name = z
  .string()
  .min(1)
  .max(63 * 4);
/** `public` goes without saying. */
const qualified = z.strictObject({ schema: name.default('public'), name });
const names = z.array(qualified);
const events = z.array(z.enum(['insert', 'update', 'delete', 'truncate']));

const behaviour = qualified.extend({
  triggers: z.array(z.strictObject({ events, calls: names })).optional(),
  rules: z.array(z.string().nullable()).optional(),
  writeCalls: names.optional(),
  policyCalls: names.optional(),
  policyReads: z
    .array(z.strictObject({ schema: name.default('public'), table: name, column: name }))
    .optional(),
  heirs: names.optional(),
  cascades: z
    .array(
      qualified.extend({
        on: z.enum(['update', 'delete']),
        does: z.enum(['update', 'delete']),
        columns: z.array(name).default([]),
      }),
    )
    .optional(),
});

const cast = z.strictObject({
  source: qualified,
  target: qualified,
  context: z.enum(['explicit', 'assignment', 'implicit']),
  calls: qualified,
  sourceIn: names.optional(),
  targetIn: names.optional(),
});

export const behaviourFields = {
  behaviours: z.array(behaviour).optional(),
  casts: z.array(cast).optional(),
  domains: z.array(qualified.extend({ oid: z.number().int().optional(), calls: names })).optional(),
  compared: z.array(qualified.extend({ calls: names, heldIn: names.optional() })).optional(),
  eventTriggers: names.optional(),
};
