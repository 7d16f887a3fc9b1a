import Sequencer from '@jest/test-sequencer';
import { relative, sep } from 'node:path';
import { root } from './root.mjs';

/** The slowest of all, the slowest first. */
const slow = [
  'test/adversarial/corpus.test.ts',
  'test/clients/tools.test.ts',
  'test/cli/cases.test.ts',
  'test/adversarial/mutation.test.ts',
  'test/real/first-light.test.ts',
  'test/rules/mutation.test.ts',
  'test/engine/properties.test.ts',
];

function rankOf({ path }) {
  const rank = slow.indexOf(relative(root, path).replaceAll(sep, '/'));
  return rank === -1 ? slow.length : rank;
}

/**
 * The slowest files first, so that none of them is left alone at the end. jest does so by the times of earlier runs, of which a
 * fresh clone has none.
 */
export default class TestOrder extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    // jest puts a time into each file that it has run before.
    if (sorted.some(({ duration }) => duration !== undefined)) return sorted;
    return sorted.sort((one, other) => rankOf(one) - rankOf(other));
  }
}
