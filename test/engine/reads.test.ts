/** What a rule set can read of the facts, told from its text alone. */
import { expect, test } from '@jest/globals';
import { compile } from './rule-set.js';

test.each([
  ['allow a if sql.read_only', false],
  ['allow a if target.name == "orders"', false],
  ['deny a "no" if sql.statements[0].verb == "drop"', true],
  ['deny a "no" if input.sql.statements[0].verb == "drop"', true],
  ['deny a "no" if { some s in sql.statements; s.verb == "drop" }', true],
  ['shadow deny a "no" if sql.statements[0].verb == "drop"', true],
  ['deny a $"{sql.statements[0].verb} is refused" if target.name == "orders"', true],
  ['deny a "no" if { x := sql; x.statements[0].verb == "drop" }', true],
  ['deny a "no" if { some key, _ in sql; key == "statements" }', true],
  ['allow a if drops\ndrops if sql.statements[0].verb == "drop"', true],
  ['allow a if size == 5\nsize := 5 if sql.read_only', false],
])('%s', (rules, reads) => {
  expect(compile(`package p\n${rules}`).reads(['sql', 'statements'])).toBe(reads);
});
