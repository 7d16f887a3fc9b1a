import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromJson, isObject, type ValueObject } from '../../src/values/value.js';
import { ClaimsRefused, groupsOf, parseTemplate, templateProblem } from '../../src/identity/claims.js';

function groups(templates: readonly string[], claims: object): readonly string[] {
  const parsed = templates.map(parseTemplate).map((one) => {
    if ('problem' in one) throw new Error(one.problem);
    return one;
  });
  const value = fromJson(claims);
  if (!isObject(value)) throw new Error('claims are an object');
  return groupsOf(parsed, value satisfies ValueObject);
}

describe('groups from claims', () => {
  test.each([
    ['a claim', ['repo:{repository}'], { repository: 'shop/orders' }, ['repo:shop/orders']],
    ['an array, spread', ['{groups}'], { groups: ['b', 'a', 'b'] }, ['a', 'b']],
    ['an array behind a prefix', ['team:{t}'], { t: ['a', 'b'] }, ['team:a', 'team:b']],
    ['a missing claim', ['env:{environment}', 'x:{y}'], { y: 1 }, ['x:1']],
    ['no claim at all', ['everybody'], {}, ['everybody']],
    ['two claims', ['{org}/{repo}'], { org: 'shop', repo: 'a/b' }, ['shop/a/b']],
    ['one of two claims missing', ['{org}/{repo}'], { org: 'shop' }, []],
    ['a path', ['{realm_access.roles}'], { realm_access: { roles: ['dba'] } }, ['dba']],
    ['a name with dots before a path', ['{a.b}'], { 'a.b': 'name', a: { b: 'path' } }, ['name']],
    ['truth and numbers', ['a:{a}', 'b:{b}'], { a: true, b: 7 }, ['a:true', 'b:7']],
    ['null, objects, empty text, arrays in arrays', ['x:{x}'], { x: [null, {}, '', ['inner']] }, []],
    ['an inherited property is no claim', ['x:{constructor.name}', 'y:{toString}'], {}, []],
    ['a claim named __proto__', ['x:{__proto__}'], JSON.parse('{"__proto__": "own"}') as object, ['x:own']],
  ])('%s', (_, templates, claims, expected) => expect(groups(templates, claims)).toEqual(expected));

  test.each([
    ['a separator inside a value', ['{org}:{env}'], { org: 'shop:prod', env: 'x' }],
    ['a separator that a value completes', ['{org}::{env}'], { org: 'shop:', env: 'x' }],
    ['a line break', ['x:{x}'], { x: 'a\nb' }],
    ['a NUL', ['x:{x}'], { x: 'a\0' }],
    ['a group of a megabyte', ['x:{x}'], { x: 'a'.repeat(1_000_000) }],
    ['more groups than anybody has', ['x:{x}'], { x: Array.from({ length: 1001 }, (_, i) => i) }],
    ['a product of arrays', ['{x}-{x}'], { x: Array.from({ length: 40 }, (_, i) => i) }],
  ])('%s refuses the token', (_, templates, claims) =>
    expect(() => groups(templates, claims)).toThrow(ClaimsRefused),
  );

  test.each(['', '{', 'a}', '{}', '{a}{b}', '{{a}}', 'x:{a'])('`%s` is no template', (text) =>
    expect(templateProblem(text)).not.toBeNull(),
  );

  test('a group tells for certain which claims made it', () => {
    const part = fc.string({ unit: fc.constantFrom('a', ':', '/', '-'), minLength: 1, maxLength: 5 });
    const template = fc.tuple(part, part).map(([a, b]) => `${a}{x}${b}{y}`);
    fc.assert(
      fc.property(template, part, part, part, part, (text, x1, y1, x2, y2) => {
        const made = [
          { x: x1, y: y1 },
          { x: x2, y: y2 },
        ].map((claims) => {
          try {
            return groups([text], claims)[0];
          } catch {
            return undefined;
          }
        });
        if (made[0] !== undefined && made[0] === made[1]) expect([x1, y1]).toEqual([x2, y2]);
      }),
      { numRuns: 5000 },
    );
  });
});
