/** Rules that always fire, rules that cannot fire, and rules whose firing changes nothing. */
import type { Core, CoreBody, CoreLiteral, DecisionGroup, HelperGroup } from '../../../src/engine/core.js';
import { readsVariables } from '../../../src/engine/core-walk.js';
import { contradiction } from '../constraints.js';
import { canonical, decisionFrames, framesOf, type DecisionFrame } from '../frame.js';
import { groupBy } from '../grouping.js';
import { defineRule } from '../rule.js';

/** How deeply helper rules are inspected. */
const depthMax = 8;

/**
 * The conditions of a body, including those of helper rules that stand for one conjunction over the facts alone. Only the
 * body's own variables appear in them, so that a variable means the same in the whole list.
 */
function conjuncts(body: CoreBody, depth = 0): readonly Core[] {
  return body.literals.flatMap((literal) =>
    literal.kind === 'condition' ? partsOfConjunction(literal.expression, depth) : [],
  );
}

function partsOfConjunction(core: Core, depth: number): readonly Core[] {
  if (core.kind === 'binary' && core.operator === 'and')
    return [...partsOfConjunction(core.left, depth), ...partsOfConjunction(core.right, depth)];
  const body = core.kind === 'rule' && depth < depthMax ? groundBody(core.rule) : null;
  return body === null ? [core] : conjuncts(body, depth + 1);
}

/** The single body of a helper rule that consists only of conditions over facts. */
function groundBody(group: HelperGroup): CoreBody | null {
  const [clause, ...more] = group.clauses;
  const [branch, ...others] = clause?.branches ?? [];
  if (group.kind !== 'complete' || group.default !== null || branch === undefined) return null;
  if (more.length > 0 || others.length > 0) return null;
  if (branch.value.kind !== 'constant' || branch.value.value !== true) return null;
  const ground = branch.body.literals.every(
    (literal) => literal.kind === 'condition' && !readsVariables(literal.expression),
  );
  return ground ? branch.body : null;
}

export const alwaysFires = defineRule({
  id: 'always-fires',
  category: 'security',
  level: 'error',
  doc: 'Every allow, deny and review has a condition.',
  needsMeaning: true,
  check: ({ meaning }, report) => {
    for (const { owner: group, clause } of meaning === null ? [] : decisionFrames(meaning.program)) {
      if (
        group.shadow ||
        group.effect === 'mask' ||
        group.effect === 'limit' ||
        clause.body.literals.length > 0
      )
        continue;
      const what = { allow: 'allows', deny: 'denies', review: 'asks a review for' }[group.effect];
      report({
        source: clause.source,
        span: clause.written.name?.span ?? clause.span,
        message: `\`${group.id}\` ${what} every command of everybody on every target`,
        help: 'add a condition, such as `if target.name == "orders"`, or an `applies` for the file',
      });
    }
  },
});

export const neverFires = defineRule({
  id: 'never-fires',
  category: 'bug',
  level: 'error',
  doc: 'The conditions of a body can all hold at once.',
  needsMeaning: true,
  check: ({ meaning }, report) => {
    for (const { bodies, owner } of meaning === null ? [] : framesOf(meaning.program)) {
      // A test may expect something impossible.
      if ('written' in owner && owner.written.kind === 'test-block') continue;
      for (const body of bodies) {
        const found = contradiction(conjuncts(body));
        if (found === null) continue;
        const line = found.before.source.position(found.before.span.start).line;
        const inside = body.literals.some(
          ({ span, source }) =>
            source === found.core.source &&
            found.core.span.start >= span.start &&
            found.core.span.end <= span.end,
        );
        const place = inside ? found.core : (body.literals.at(-1) ?? found.core);
        report({
          source: place.source,
          span: place.span,
          message: `this contradicts line ${line}: the rule never fires`,
          help: 'one value cannot equal two; for alternatives write `x in {…}` or another rule of the same name',
        });
      }
    }
  },
});

export const shadowedByDeny = defineRule({
  id: 'shadowed-by-deny',
  category: 'bug',
  level: 'warning',
  doc: 'No deny covers everything that an allow or a review lets through.',
  needsMeaning: true,
  check: ({ meaning }, report) => {
    if (meaning === null) return;
    const frames = decisionFrames(meaning.program)
      .filter(({ owner }) => !owner.shadow)
      .map((frame): Asking => ({ frame, needs: namesOf(frame) }));
    const find = findDeny(frames.filter(({ frame }) => frame.owner.effect === 'deny'));
    for (const { frame, needs } of frames) {
      if (frame.owner.effect !== 'allow' && frame.owner.effect !== 'review') continue;
      const over = find(needs);
      if (over === undefined) continue;
      report({
        source: frame.clause.source,
        span: frame.clause.written.name?.span ?? frame.clause.span,
        message: `wherever \`${frame.owner.id}\` fires, \`${over.owner.id}\` denies`,
        help: 'a deny overrides every allow: narrow the deny, or delete this rule',
      });
    }
  },
});

interface Asking {
  readonly frame: DecisionFrame;
  readonly needs: ReadonlySet<string>;
}

/** The first deny whose conditions are all among the given ones. Each is looked up by its rarest condition. */
function findDeny(denies: readonly Asking[]): (given: ReadonlySet<string>) => DecisionFrame | undefined {
  const counts = new Map<string, number>();
  for (const need of denies.flatMap(({ needs }) => [...needs])) counts.set(need, (counts.get(need) ?? 0) + 1);
  const rarest = ({ needs }: Asking) =>
    [...needs].reduce<string | null>(
      (best, need) => (best === null || counts.get(need)! < counts.get(best)! ? need : best),
      null,
    );
  const byNeed = groupBy(denies, rarest);
  return (given) =>
    [null, ...given]
      .flatMap((need) => byNeed.get(need) ?? [])
      .find(({ needs }) => [...needs].every((need) => given.has(need)))?.frame;
}

/** The conditions of a body, literal by literal, as texts that are equal if they mean the same. */
function namesOf({ clause }: DecisionFrame): ReadonlySet<string> {
  const bindings = clause.body.literals
    .filter((literal) => literal.kind !== 'condition')
    .map((literal) => canonical(literal, 'names'));
  return new Set([...bindings, ...conjuncts(clause.body).map((core) => canonical(core, 'names'))]);
}

export const duplicateRule = defineRule({
  id: 'duplicate-rule',
  category: 'bug',
  level: 'warning',
  doc: 'No two rules do the same thing under the same conditions.',
  needsMeaning: true,
  check: ({ meaning }, report) => {
    if (meaning === null) return;
    const seen = new Map<string, { id: string; line: string }>();
    const look = (key: string, id: string, place: Pick<CoreLiteral, 'source' | 'span'>): void => {
      const first = seen.get(key);
      const line = `${place.source.path}:${place.source.position(place.span.start).line}`;
      if (first === undefined) seen.set(key, { id, line });
      else
        report({
          source: place.source,
          span: place.span,
          message: `\`${id}\` does what ${first.id === id ? 'it does' : `\`${first.id}\` does`} at ${first.line}`,
          help: 'delete one of them, or change what was meant to differ',
        });
    };
    for (const { owner, clause } of decisionFrames(meaning.program)) {
      const key = decisionKey(owner, clause.body);
      const place = { source: clause.source, span: clause.written.name?.span ?? clause.span };
      if (key !== null) look(key, owner.id, place);
    }
    for (const group of meaning.program.helpers) {
      const key = helperKey(group);
      if (key !== null) look(key, group.name, group);
    }
  },
});

/** What a rule does, and when. Another lint rule reports rules without conditions of their own. */
function decisionKey({ written, shadow }: DecisionGroup, body: CoreBody): string | null {
  const { effect } = written;
  if (body.literals.length === 0 && effect !== 'mask' && effect !== 'limit') return null;
  const own = body.literals.map((literal) =>
    literal.origin === 'applies' && literal.kind === 'condition'
      ? partsOfConjunction(literal.expression, 0).map((core) => canonical(core, 'slots'))
      : canonical(literal, 'slots'),
  );
  return JSON.stringify([effect, shadow, clausesOf(written), own]);
}

function clausesOf(written: DecisionGroup['written']): unknown {
  switch (written.effect) {
    case 'allow':
    case 'deny':
      return null;
    case 'review':
      return [canonicalTree(written.by), written.quorum?.text, written.within?.text];
    case 'mask':
      return [written.selectors.map(({ by, value }) => [by, value]), canonicalTree(written.method)];
    case 'limit':
      return [written.unit, written.amount.text];
  }
}

function canonicalTree(tree: object): string {
  return JSON.stringify(tree, (key, value: unknown) => (key === 'span' ? undefined : value));
}

/** Helpers of one package; stand-alone files may each have their own. */
function helperKey(group: HelperGroup): string | null {
  const { clauses, kind, path, source, span } = group;
  if (source.text.startsWith('applies', span.start) || clauses.length === 0) return null;
  if (group.default !== null || path.at(-1)!.startsWith('test_')) return null;
  const branches = clauses.flatMap((clause) => clause.branches);
  if (branches.every(({ body }) => body.literals.length === 0)) return null;
  const texts = clauses.map(({ parameters, branches: own }) => [
    parameters.map((parameter) => canonical(parameter, 'slots')),
    own.map(({ body, value, keys }) => [
      body.literals.map((literal) => canonical(literal, 'slots')),
      canonical(value, 'slots'),
      keys.map((key) => canonical(key, 'slots')),
    ]),
  ]);
  return JSON.stringify([kind, path.slice(0, -1), texts]);
}
