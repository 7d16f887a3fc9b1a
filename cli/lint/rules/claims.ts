/** Claims of tokens: texts made of parts, some of which other people choose. */
import type { CallCore, Core } from '../../../src/engine/core.js';
import { replaceBy } from '../edit.js';
import { builtinCalls, constantText } from '../calls.js';
import { claimOf, lastWord } from '../claim.js';
import type { Fix } from '../finding.js';
import { framesOf, type Bindings, type Frame } from '../frame.js';
import { defineRule, isTestFile, type LintSet } from '../rule.js';

/** Where a part of a claim ends: `repo:acme/shop:ref:…`, `group/project`, `name@host`. */
const boundary = /[:/@]/;

export const claimBoundary = defineRule({
  id: 'claim-boundary',
  category: 'security',
  level: 'warning',
  doc: 'Part of a claim is compared as a whole part.',
  needsMeaning: true,
  check: (set, report) => {
    const calls = builtinCalls(set, 'startswith', 'endswith', 'contains', 'like', 'glob.match');
    for (const { call, bindings, frame } of calls) {
      if (isTestFile(frame.owner.source)) continue;
      const found = openPart(call, bindings);
      if (found !== null) report({ source: call.source, span: found.literal.span, ...found.said });
    }
  },
});

interface Said {
  readonly message: string;
  readonly help: string;
  readonly fix?: Fix | null;
}

function openPart(
  call: CallCore,
  bindings: Bindings,
): { readonly literal: Core; readonly said: Said } | null {
  const [value, literal] =
    call.name === 'glob.match'
      ? [call.arguments[2], call.arguments[0]]
      : [call.arguments[0], call.arguments[1]];
  const claim = claimOf(value, bindings);
  const text = constantText(literal);
  if (claim === null || text === null || literal === undefined || text === '') return null;
  const said = partSaid(call, claim, text, literal);
  return said === null ? null : { literal, said };
}

function partSaid(call: CallCore, claim: string, text: string, literal: Core): Said | null {
  switch (call.name) {
    case 'startswith':
      return openPrefix(claim, text, text, (part) => narrowed(call, literal, claim, part, text));
    case 'endswith':
      return openSuffix(claim, text, text, (part) => replaceText(literal, part));
    case 'contains':
      return {
        message: `\`${text}\` may occur anywhere in \`${claim}\`, including a part that somebody else chose`,
        help: `compare all of it with \`==\`, or its beginning with \`startswith(…, "${text}:")\``,
      };
    default: {
      const prefix = /^([^*?]+)\*+$/.exec(text)?.[1];
      // A ref that is written out in full needs no wildcard.
      if (prefix !== undefined)
        return openPrefix(claim, prefix, text, (part) =>
          replaceText(literal, isRef(claim, part) ? part : `${part}*`),
        );
      const suffix = /^\*+([^*?]+)$/.exec(text)?.[1];
      return suffix === undefined
        ? null
        : openSuffix(claim, suffix, text, (part) => replaceText(literal, `*${part}`));
    }
  }
}

function openPrefix(claim: string, prefix: string, text: string, fix: (part: string) => Fix): Said | null {
  if (boundary.test(prefix.at(-1)!)) return null;
  const whole = isRef(claim, prefix);
  const sign = whole ? '' : signAfter(prefix);
  return {
    message: `\`${text}\` also matches \`${prefix}-evil\`, which belongs to somebody else`,
    help: whole
      ? `compare all of it: \`== "${prefix}"\``
      : sign === ''
        ? `end it with the character that ends the part (\`:\`, \`/\` or \`@\`), or compare all of it with \`==\``
        : `end it where the part ends: \`${prefix}${sign}\``,
    fix: whole || sign !== '' ? fix(`${prefix}${sign}`) : null,
  };
}

function openSuffix(claim: string, suffix: string, text: string, fix: (part: string) => Fix): Said | null {
  if (boundary.test(suffix[0]!)) return null;
  const host = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(suffix);
  const mail = host && /mail|upn|preferred_username|subject|sub$|name$/i.test(lastWord(claim));
  return {
    message: `\`${text}\` also matches anything that ends in \`evil${suffix}\`, which belongs to somebody else`,
    help: mail
      ? `begin it where the part begins: \`@${suffix}\``
      : `begin it with the character before the part (\`:\`, \`/\` or \`@\`), or compare all of it with \`==\``,
    fix: mail ? fix(`@${suffix}`) : null,
  };
}

/** A branch or a tag that is written out in full ends where the claim does. */
function isRef(claim: string, prefix: string): boolean {
  return /ref$/.test(lastWord(claim)) && /^refs\/(heads|tags)\/./.test(prefix);
}

/** The separators that end the part in which a prefix breaks off; empty if the prefix does not show it. */
function signAfter(prefix: string): string {
  if (/^[a-z_]+:[^/:]+$/.test(prefix)) return prefix.startsWith('repo:') ? '/' : ':';
  if (/^[a-z_]+:[^:]+\/[^:]+$/.test(prefix)) return ':';
  return /^https?:\/\/./.test(prefix) ? '/' : '';
}

function replaceText({ source, span }: Core, text: string): Fix {
  return { ...replaceBy(source, span, JSON.stringify(text)), narrows: true };
}

/** `startswith(x, "refs/heads/main")` is `x == "refs/heads/main"`, and any other prefix a longer one. */
function narrowed(call: CallCore, literal: Core, claim: string, part: string, text: string): Fix {
  const value = call.arguments[0]!;
  if (part !== text || !isRef(claim, text)) return replaceText(literal, part);
  const written = value.source.text.slice(value.span.start, value.span.end);
  return { ...replaceBy(call.source, call.span, `${written} == ${JSON.stringify(part)}`), narrows: true };
}

export const wildcardInSubject = defineRule({
  id: 'wildcard-in-subject',
  category: 'security',
  level: 'warning',
  doc: 'In a pattern over a claim, `*` is only at the end.',
  needsMeaning: true,
  check: (set, report) => {
    for (const { call, bindings, frame } of builtinCalls(set, 'like')) {
      const claim = claimOf(call.arguments[0], bindings);
      const pattern = constantText(call.arguments[1]);
      if (claim === null || pattern === null || isTestFile(frame.owner.source)) continue;
      if (!/[*?]/.test(pattern.replace(/^\*+(?=[^*?]+$)|\*+$/, '')) || /^[*]+$/.test(pattern)) continue;
      report({
        source: call.source,
        span: call.arguments[1]!.span,
        message: `\`*\` in \`${pattern}\` matches \`:\` and \`/\` too, so a branch name can contain what follows it`,
        help: 'compare each part with a claim of its own, such as `identity.claims.repository` and `identity.claims.ref`',
      });
    }
  },
});

/** A comparison of a claim with literals: `==`, `in`, `startswith` and their like. */
interface Compared {
  readonly claim: string;
  readonly at: Core;
  readonly literals: readonly string[];
}

function comparisons({ cores, bindings }: Frame): Compared[] {
  return cores.flatMap((core): Compared[] => {
    const sides =
      core.kind === 'binary' && core.operator === '=='
        ? [
            [core.left, core.right],
            [core.right, core.left],
          ]
        : core.kind === 'membership'
          ? [[core.value, core.collection]]
          : core.kind === 'call'
            ? [[core.arguments[0], core.arguments[1]]]
            : [];
    return sides.flatMap(([value, other]) => {
      const claim = claimOf(value, bindings);
      const literals = textsIn(other);
      return claim === null || literals.length === 0 ? [] : [{ claim, at: other!, literals }];
    });
  });
}

function textsIn(core: Core | undefined): readonly string[] {
  if (core === undefined) return [];
  if (
    core.kind === 'constant' &&
    typeof core.value === 'object' &&
    core.value !== null &&
    'items' in core.value
  )
    return (core.value.items as readonly unknown[]).filter((item) => typeof item === 'string');
  if (core.kind === 'set' || core.kind === 'array') return core.elements.flatMap(textsIn);
  const text = constantText(core);
  return text === null ? [] : [text];
}

/** Clauses that allow something, and helpers, which may. */
function opening({ meaning }: LintSet): readonly Frame[] {
  const frames = meaning === null ? [] : framesOf(meaning.program);
  return frames.filter(
    ({ owner, clause }) =>
      !isTestFile(owner.source) &&
      !('givens' in owner) &&
      (clause === null || ('effect' in owner && (owner.effect === 'allow' || owner.effect === 'review'))),
  );
}

/** Names that can be taken by others after a deletion or a rename, with the claim that is stable. */
const reusable: Readonly<Record<string, string>> = {
  repository: 'repository_id',
  repository_owner: 'repository_owner_id',
  project_path: 'project_id',
  namespace_path: 'namespace_id',
  user_login: 'user_id',
  actor: 'actor_id',
};

export const reusableName = defineRule({
  id: 'reusable-name',
  category: 'security',
  level: 'warning',
  doc: 'A rule that trusts a reusable name also checks the id behind it.',
  needsMeaning: true,
  check: (set, report) => {
    for (const frame of opening(set)) {
      for (const { claim, at } of comparisons(frame)) {
        const id = reusable[lastWord(claim)];
        // A guard or a helper of the same file may check it.
        if (!claim.startsWith('identity.claims.') || id === undefined || frame.owner.source.text.includes(id))
          continue;
        report({
          source: at.source,
          span: at.span,
          message: `\`${claim}\` is a name that somebody else can take once it is given up`,
          help: `compare \`identity.claims.${id}\` as well`,
        });
      }
    }
  },
});

export const refWithoutType = defineRule({
  id: 'ref-without-type',
  category: 'security',
  level: 'warning',
  doc: 'A ref is compared so that a branch and a tag differ.',
  needsMeaning: true,
  check: (set, report) => {
    for (const frame of opening(set)) {
      for (const { claim, at, literals } of comparisons(frame)) {
        const word = lastWord(claim);
        if (!/^(ref|ref_name|ref_path|head_ref|base_ref)$/.test(word)) continue;
        const open = literals.find((text) => !/^\*?refs\/(heads|tags|merge-requests|pull)\//.test(text));
        if (open === undefined || /\bref_type\b/.test(frame.owner.source.text)) continue;
        report({
          source: at.source,
          span: at.span,
          message: `a tag can be called \`${open.replace(/[*/]/g, '')}\` as well as a branch`,
          help: 'compare the whole ref, `refs/heads/…`, or check `identity.claims.ref_type` as well',
        });
      }
    }
  },
});

/** The events of GitHub, GitLab and similar services for a run that an outside change triggered. */
const outside = /^(pull_request(_target)?|merge_request_event|external_pull_request_event)$/;

export const pullRequestFromFork = defineRule({
  id: 'pull-request-from-fork',
  category: 'security',
  level: 'warning',
  doc: 'Whatever a pull request may do, anybody may do.',
  needsMeaning: true,
  check: (set, report) => {
    for (const frame of opening(set)) {
      for (const { claim, at, literals } of comparisons(frame)) {
        const named = literals.find((text) => outside.test(text.split(':').at(-1)!));
        if (named === undefined || !claim.startsWith('identity.')) continue;
        report({
          source: at.source,
          span: at.span,
          message: `\`${named}\` also runs for changes from forks, which anybody can open`,
          help: 'allow only what a stranger may do, or require a protected environment: `identity.claims.environment`',
        });
      }
    }
  },
});
