/**
 * Rules so plain that every engine can say them: an effect for a group, a verb and a table of a target. Ten rules a
 * target, so that more rules are about more targets and the same few can apply.
 */

export interface PlainRule {
  readonly effect: 'allow' | 'deny';
  readonly target: string;
  /** Null for anybody, any verb, any table. */
  readonly group: string | null;
  readonly verb: string | null;
  readonly table: string | null;
}

export interface PlainRequest {
  readonly target: string;
  readonly group: string;
  readonly verb: 'select' | 'delete';
  readonly table: string;
}

export const ruleSizes = [10, 100, 1_000, 10_000] as const;

const rulesPerTarget = 10;

export function plainRules(size: number): PlainRule[] {
  return Array.from({ length: size / rulesPerTarget }, (_, i) => rulesOf(`target${i}`)).flat();
}

function rulesOf(target: string): PlainRule[] {
  const denials = Array.from({ length: rulesPerTarget - 2 }, (_, i) => ({
    effect: 'deny' as const,
    target,
    group: null,
    verb: 'delete',
    table: `table${i}`,
  }));
  return [
    { effect: 'allow', target, group: 'ci', verb: 'select', table: null },
    { effect: 'allow', target, group: 'dba', verb: null, table: null },
    ...denials,
  ];
}

/** Some allowed, some denied by a rule, some by the lack of one; about a few of the targets. */
export function plainRequests(size: number): PlainRequest[] {
  const targets = [0, size / rulesPerTarget - 1].map((i) => `target${i}`);
  return targets.flatMap((target) =>
    ['ci', 'dba', 'other'].flatMap((group) =>
      (['select', 'delete'] as const).flatMap((verb) =>
        ['table1', 'table7', 'elsewhere'].map((table) => ({ target, group, verb, table })),
      ),
    ),
  );
}
