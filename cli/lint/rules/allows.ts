/** What an allow rule permits. */
import type { Core, CoreLiteral, Program } from '../../../src/engine/core.js';
import { partsOf } from '../../../src/engine/core-walk.js';
import { needsOf } from '../../../src/engine/compile/index-key.js';
import { decisionFrames, factName, factOf, type Bindings, type DecisionFrame, type Frame } from '../frame.js';
import { ofHelper, withConditions, withHelpers } from '../reach.js';
import { defineRule, type Meaning } from '../rule.js';

/** Allows that take part in decisions. */
function allowsOf(meaning: Meaning | null): readonly DecisionFrame[] {
  return framesOf(meaning, 'allow');
}

function framesOf(meaning: Meaning | null, effect: 'allow' | 'review'): readonly DecisionFrame[] {
  if (meaning === null) return [];
  return decisionFrames(meaning.program).filter(({ owner }) => owner.effect === effect && !owner.shadow);
}

/** The roots of the facts that a rule reads, in its body, `applies` and the helpers of both. */
function rootsAsked(meaning: Meaning, frame: DecisionFrame): ReadonlySet<string | undefined> {
  const roots = withHelpers(meaning.program, frame).flatMap(({ cores, bindings }) =>
    cores.map((core) => factOf(core, bindings)?.[0]),
  );
  return new Set(roots);
}

export const broadAllow = defineRule({
  id: 'broad-allow',
  category: 'security',
  level: 'warning',
  doc: 'A grant says whom it is for and which targets it is about.',
  needsMeaning: true,
  check: ({ meaning }, report) => {
    for (const frame of [...allowsOf(meaning), ...framesOf(meaning, 'review')]) {
      const { owner, clause } = frame;
      if (owner.effect === 'allow' && clause.body.literals.length === 0) continue;
      const asked = rootsAsked(meaning!, frame);
      // A review by everybody is reported by another lint rule.
      const missing = [
        ...(asked.has('identity') || owner.effect === 'review' ? [] : ['everybody']),
        ...(asked.has('target') || asked.has('session') ? [] : ['every target']),
      ];
      if (missing.length === 0) continue;
      report({
        source: clause.source,
        span: clause.written.name?.span ?? clause.span,
        message: `\`${owner.id}\` holds for ${missing.join(' and for ')}`,
        help: 'require a group (`"ci" in identity.groups`) and a target (`target.name == "orders"`)',
      });
    }
  },
});

export const openReview = defineRule({
  id: 'open-review',
  category: 'security',
  level: 'error',
  doc: 'A review says whose commands it may let through.',
  needsMeaning: true,
  check: ({ meaning }, report) => {
    for (const frame of framesOf(meaning, 'review')) {
      if (rootsAsked(meaning!, frame).has('identity')) continue;
      const { owner, clause } = frame;
      report({
        source: clause.source,
        span: clause.written.name?.span ?? clause.span,
        message: `\`${owner.id}\` grants what it reviews to everybody with a token`,
        help: 'a review needs no separate allow: require a group, `"ci" in identity.groups`',
      });
    }
  },
});

export const unindexedAllow = defineRule({
  id: 'unindexed-allow',
  category: 'performance',
  level: 'warning',
  doc: 'An allow compares something that the index can look up, so that it costs nothing elsewhere.',
  needsMeaning: true,
  check: ({ meaning, schema }, report) => {
    if (meaning === null) return;
    const { world, program } = meaning;
    for (const group of program.decisions) {
      if (group.shadow || group.effect !== 'allow') continue;
      if (group.clauses.every(({ body }) => body.literals.length === 0)) continue;
      if (needsOf(group, { schema, promised: world.promised }).size > 0) continue;
      report({
        source: group.source,
        span: group.span,
        message: `\`${group.id}\` is evaluated for every command, whatever its target`,
        help: 'compare a fact with a literal in each body, or in `applies`: `target.type == "postgres"`',
      });
    }
  },
});

/** Facts that list the parts of a command, and those about the command as a whole. */
const collections = [
  'sql.statements',
  'shell.commands',
  'kubernetes.requests',
  'docker.requests',
  'http.graphql.operations',
] as readonly string[];
const whole = [
  'sql.read_only',
  'sql.effects',
  'sql.count',
  'shell.names',
  'kubernetes.read_only',
  'docker.read_only',
  'http.graphql.types',
] as readonly string[];

export const allowByOne = defineRule({
  id: 'allow-by-one',
  category: 'security',
  level: 'error',
  doc: 'An allow checks every statement of a command, not only some.',
  options: { collections, whole },
  needsMeaning: true,
  check: ({ meaning }, report, options) => {
    for (const frame of allowsOf(meaning)) {
      const looked = withHelpers(meaning!.program, frame);
      const root = (name: string): string => name.split('.', 1)[0]!;
      const settled = new Set(
        [...factsIn(looked).filter((name) => options.whole.includes(name)), ...looked.flatMap(everyIn)].map(
          root,
        ),
      );
      for (const { name, literal } of withConditions(meaning!.program, frame).flatMap(someIn)) {
        if (!options.collections.includes(name) || settled.has(root(name))) continue;
        report({
          source: literal.source,
          span: literal.span,
          message: `one of \`${name}\` is enough for \`${frame.owner.id}\` to allow the whole command`,
          help: `write \`every … in ${name} { … }\``,
        });
      }
    }
  },
});

function factsIn(frames: readonly Frame[]): string[] {
  return frames.flatMap(({ cores, bindings }) => cores.flatMap((core) => nameOf(core, bindings) ?? []));
}

function nameOf(core: Core, bindings: Bindings): string | null {
  const path = factOf(core, bindings);
  return path === null ? null : factName(path);
}

function everyIn({ cores, bindings }: Frame): string[] {
  return cores.flatMap((core) => (core.kind === 'every' ? (nameOf(core.collection, bindings) ?? []) : []));
}

function someIn({ bodies, bindings }: Frame) {
  return bodies.flatMap(({ literals }) =>
    literals.flatMap((literal) => {
      const name = literal.kind === 'some' ? nameOf(literal.collection, bindings) : null;
      return name === null ? [] : [{ name, literal }];
    }),
  );
}

/** Facts about who, where and when; the others are about the command itself. */
const around = new Set(['identity', 'target', 'session', 'now', 'command']);

export const allowByExclusion = defineRule({
  id: 'allow-by-exclusion',
  category: 'security',
  level: 'warning',
  doc: 'An allow lists what it allows, not what it excludes.',
  needsMeaning: true,
  check: ({ meaning }, report) => {
    for (const frame of allowsOf(meaning)) {
      const { program } = meaning!;
      const asked = withConditions(program, frame).flatMap((one) =>
        one.bodies.flatMap(({ literals }) =>
          literals.flatMap((literal) => claims(literal, { program, frame: one })),
        ),
      );
      if (asked.length === 0 || asked.some(({ positive }) => positive)) continue;
      const [first] = asked;
      report({
        source: first!.core.source,
        span: first!.core.span,
        message: `\`${frame.owner.id}\` allows everything that is not listed, including what nobody thought of`,
        help: 'list what is allowed: `s.verb in {"select"}`, `sql.read_only`',
      });
    }
  },
});

interface Claim {
  readonly core: Core;
  readonly positive: boolean;
}
interface Looking {
  readonly program: Program;
  readonly frame: Frame;
}

/** What a line requires of the command; conditions on the sender, the target or the time do not count. */
function claims(literal: CoreLiteral, looking: Looking): readonly Claim[] {
  return literal.kind === 'condition' ? claimsOf(literal.expression, looking) : [];
}

function claimsOf(core: Core, looking: Looking): readonly Claim[] {
  if (core.kind === 'binary' && core.operator === 'and')
    return [...claimsOf(core.left, looking), ...claimsOf(core.right, looking)];
  if (core.kind === 'every') return core.body.literals.flatMap((literal) => claims(literal, looking));
  // The conditions of a helper rule are linted in that rule.
  if (core.kind === 'rule' || !readsCommand(core, looking)) return [];
  const negative = core.kind === 'not' || (core.kind === 'binary' && core.operator === '!=');
  return [{ core, positive: !negative }];
}

function readsCommand(core: Core, looking: Looking): boolean {
  const root = factOf(core, looking.frame.bindings)?.[0];
  if (root !== undefined) return !around.has(root);
  const { program } = looking;
  if (core.kind === 'rule')
    return ofHelper(program, core.rule).some((frame) =>
      frame.cores.some((part) => part.kind !== 'rule' && readsCommand(part, { program, frame })),
    );
  return partsOf(core).some((part) => readsCommand(part, looking));
}
