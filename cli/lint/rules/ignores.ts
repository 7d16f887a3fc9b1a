/** Rules about inline ignores. Their findings arise when the ignores are applied. */
import { defineRule } from '../rule.js';

export const ignoreWithoutReason = defineRule({
  id: 'ignore-without-reason',
  category: 'style',
  level: 'error',
  doc: 'An inline ignore gives a reason.',
  check: () => undefined,
});

export const unusedIgnore = defineRule({
  id: 'unused-ignore',
  category: 'style',
  level: 'warning',
  doc: 'An inline ignore ignores something.',
  fixes: true,
  check: () => undefined,
});
