/** Facts of a protocol are there on targets of that protocol alone. */
import { reportAt, type Checker } from './knowledge/checker.js';
import type { Core } from '../core.js';
import { knownType } from './knowledge/knowledge.js';
import { targetType } from './knowledge/place.js';
import type { Type } from '../../values/schema.js';
import { listOf } from './types/text.js';

export function checkFact(checker: Checker, core: Core & { kind: 'fact' }): void {
  const targets = checker.world.schema.roots[core.root]?.targets;
  if (targets === undefined) return;
  const type = [knownType(checker.knowledge, targetType), checker.laterTarget].find((one) =>
    excludes(one, targets),
  );
  if (type?.kind !== 'string') return;
  const message = `\`${core.root}\` is there on ${listOf(targets, 'and')} targets, and \`target.type\` is ${listOf(type.values ?? [])} here`;
  const help = 'put it into a rule, or a file with `applies`, of its own for that type of target';
  reportAt(checker, { code: 'wrong-protocol', message, help }, core);
}

function excludes(type: Type | null, targets: readonly string[]): boolean {
  if (type?.kind !== 'string' || type.values === undefined) return false;
  return !type.values.some((value) => targets.includes(value));
}
