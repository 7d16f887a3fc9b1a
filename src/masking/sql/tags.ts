/** Tags of columns, from the data document `catalogue`: `catalogue.yaml` beside the rules. */
import type { MaskInstruction } from '../../engine/decision.js';
import type { Facts, Policy } from '../../engine/policy.js';
import { isArray, isObject, ValueSet, type Maybe } from '../../values/value.js';
import type { ColumnTags } from './resolve.js';

const none: ColumnTags = new Map();

/** The tags that a decision's masks need. Empty if no mask selects by tag. */
export function tagsFor(
  masks: readonly MaskInstruction[],
  policy: Pick<Policy, 'query'>,
  facts: Facts,
): ColumnTags {
  const wanted = masks.some(({ selectors }) => selectors.some(({ by }) => by === 'tagged'));
  return wanted ? columnTags(policy.query(['catalogue'], facts)) : none;
}

/**
 * `{"customers.email": ["pii", "contact"], "customers.phone": "pii"}`. A document of another shape tags nothing, and a
 * mask by a tag that no column has refuses the command.
 */
export function columnTags(document: Maybe): ColumnTags {
  if (!isObject(document)) return none;
  return new Map(Object.entries(document).map(([column, tags]) => [column, namesOf(tags)]));
}

function namesOf(tags: Maybe): readonly string[] {
  if (typeof tags === 'string') return [tags];
  const members = tags instanceof ValueSet ? tags.items : isArray(tags) ? tags : [];
  return members.filter((member) => typeof member === 'string');
}
